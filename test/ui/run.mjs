// Runs the scenarios: node test/ui/run.mjs [--base URL] [--bin PATH] [words]
import { mkdir, readdir } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { launch, makeKit } from "./kit.mjs";
import { startDemo } from "./server.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    base: { type: "string" },
    bin: { type: "string", default: fileURLToPath(new URL("../../bin/wardbridge", import.meta.url)) },
  },
});

async function runFile(browser, file) {
  const scenario = await import(pathToFileURL(`${here}scenarios/${file}`).href);
  const began = performance.now();
  let server;
  let kit;
  try {
    server = options.base === undefined ? await startDemo(options.bin) : { base: options.base, stop() {} };
    kit = makeKit({ browser, server, name: file.replace(/\.mjs$/, ""), out: `${here}out/` });
    await scenario.run(kit);
    await kit.finish();
    return { name: scenario.name, seconds: (performance.now() - began) / 1000 };
  } catch (error) {
    await kit?.shotOfFailure();
    return { name: scenario.name, seconds: (performance.now() - began) / 1000, error };
  } finally {
    await kit?.close();
    await server?.stop();
  }
}

const files = (await readdir(`${here}scenarios`))
  .filter((f) => f.endsWith(".mjs"))
  .filter((f) => words.length === 0 || words.some((w) => f.includes(w)))
  .sort();
if (files.length === 0) {
  process.stderr.write(`ui-e2e: no scenario is called ${words.join(" or ")}\n`);
  process.exit(1);
}
await mkdir(`${here}out`, { recursive: true });
let failed = 0;

// next runs scenarios until there are no more.
async function next() {
  const browser = await launch();
  try {
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      const result = await runFile(browser, file);
      if (result.error) failed += 1;
      process.stdout.write(`${result.error ? "FAIL" : "ok  "} ${result.name} (${result.seconds.toFixed(1)} s)\n`);
      if (result.error) process.stdout.write(`${result.error.stack ?? result.error}\n`);
    }
  } finally {
    await browser.close();
  }
}

// What scenarios do mostly is wait, so two run at a time. Each has a server and
// browser contexts of its own; those at the same time have a browser of their
// own too, as all pages of one share its clipboard.
await Promise.all([next(), next()]);
process.exit(failed === 0 ? 0 : 1);
