import { defineConfig } from 'vitest/config'

// Browser tests: a real Chromium against a running instance (TONGHU_URL), two files at a time, each with an instance of its own.
export default defineConfig({
  test: { environment: 'node', include: ['e2e/**/*.test.ts'], maxWorkers: 2, testTimeout: 120_000, hookTimeout: 60_000 },
})
