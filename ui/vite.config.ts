/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { build, defineConfig, type Plugin, type Rolldown } from "vite";

// The server puts a fresh nonce in place of this word into every page it
// gives out, so that styles made at run time pass the content security policy.
export const noncePlaceholder = "WARDBRIDGE_NONCE";

// firstScript writes src/app/first.ts into the page itself, with the names of
// the files of the texts, and of the pages that most visits begin with.
function firstScript(base: string): Plugin {
  return {
    name: "first-script",
    transformIndexHtml: {
      order: "post",
      async handler(_, { bundle = {} }) {
        const script = await build({
          configFile: false,
          logLevel: "silent",
          define: { files: JSON.stringify(filesOf(bundle, base)) },
          build: {
            write: false,
            target: "es2023",
            lib: { entry: "src/app/first.ts", formats: ["iife"], name: "first" },
          },
        });
        const [made] = [script].flat() as Rolldown.RolldownOutput[];
        const children = made?.output[0].code ?? "";
        return [{ tag: "script", attrs: { nonce: noncePlaceholder }, children, injectTo: "head-prepend" }];
      },
    },
  };
}

function filesOf(bundle: Rolldown.OutputBundle, base: string): Record<string, string[]> {
  const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
  const filesFrom = (file: string, into: Set<string>): Set<string> => {
    const chunk = chunks.find((one) => one.fileName === file);
    if (chunk === undefined || into.has(file)) return into;
    into.add(file);
    for (const next of chunk.imports) filesFrom(next, into);
    return into;
  };
  const entry = chunks.find((one) => one.isEntry);
  const always = filesFrom(entry?.fileName ?? "", new Set());
  return Object.fromEntries(
    ["list", "round", "patient", "i18n/en", "i18n/zh-TW"].map((page) => {
      const chunk = chunks.find((one) => one.facadeModuleId?.match(`/src/${page}/index.tsx?$`));
      const files = [...filesFrom(chunk?.fileName ?? "", new Set())];
      return [
        page.replace("i18n/", ""),
        files.filter((file) => !always.has(file)).map((file) => base + file),
      ];
    }),
  );
}

const base = "/patients/";

// What every page begins with is two files, as each costs a turn: React, which
// seldom changes, and the rest.
const firstFiles: Rolldown.CodeSplittingGroup[] = [
  {
    name: "react",
    test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/,
    priority: 1,
    tags: ["$initial"],
  },
  { name: "app", tags: ["$initial"] },
];

export default defineConfig({
  base,
  plugins: [react(), firstScript(base)],
  html: { cspNonce: noncePlaceholder },
  build: {
    outDir: "dist/app",
    emptyOutDir: true,
    manifest: true,
    target: "es2023",
    assetsInlineLimit: 0,
    // One file of styles, with the page: a part that came without its own, when
    // the network failed for a moment, would be shown bare ever after.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600, // build_test.go holds the budgets
    rollupOptions: {
      input: { patients: "patients.html" },
      output: { codeSplitting: { groups: firstFiles } },
    },
  },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://localhost/patients/" } },
    setupFiles: ["src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    // Long enough that only what hangs fails, however busy the machine is.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
