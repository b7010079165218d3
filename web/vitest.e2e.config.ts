import { defineConfig } from 'vitest/config'

// Browser tests: a real Chromium against a running instance (TONGHU_URL), one file after the other.
export default defineConfig({
  test: { environment: 'node', include: ['e2e/**/*.test.ts'], fileParallelism: false, testTimeout: 120_000, hookTimeout: 60_000 },
})
