import { defineConfig } from "vitest/config";

export default defineConfig({
  // A machine that also builds and tests other things takes its time over a page: what is slow is not wrong.
  test: {
    environment: "node", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true, testTimeout: 30_000,
    setupFiles: ["dev/patience.ts"],
  },
});
