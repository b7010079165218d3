import { defineConfig } from 'vitest/config'

// Browser tests: a real Chromium against a running instance (TONGHU_URL), three files at a time, each with an instance of its own, since much of it is waiting.
export default defineConfig({
  test: { environment: 'node', include: ['e2e/**/*.test.ts'], maxWorkers: 3, testTimeout: 120_000, hookTimeout: 60_000 },
})
