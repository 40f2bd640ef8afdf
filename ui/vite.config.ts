/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The server puts a fresh nonce in place of this word into every page it
// gives out, so that styles made at run time pass the content security policy.
export const noncePlaceholder = "WARDBRIDGE_NONCE";

export default defineConfig({
  base: "/patients/",
  plugins: [react()],
  html: { cspNonce: noncePlaceholder },
  build: {
    outDir: "dist/app",
    emptyOutDir: true,
    manifest: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { patients: "patients.html" },
    },
  },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://localhost/patients/" } },
    setupFiles: ["src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    testTimeout: 15000,
  },
});
