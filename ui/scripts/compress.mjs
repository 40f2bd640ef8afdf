// Puts a brotli sibling beside every built file that gets smaller by it, so
// that the server compresses nothing.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const app = join(root, "dist", "app");
const packable = /\.(js|css|svg|json)$/;

async function walk(dir) {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  return entries
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .sort();
}

let raw = 0;
let gz = 0;
let br = 0;
for (const file of await walk(app)) {
  if (!packable.test(file) || relative(app, file).startsWith(".vite")) continue;
  const body = await readFile(file);
  const packed = brotliCompressSync(body, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
  });
  raw += body.length;
  gz += gzipSync(body, { level: 9 }).length;
  br += packed.length;
  if (packed.length < body.length) await writeFile(`${file}.br`, packed);
}
const kb = (n) => `${(n / 1024).toFixed(1)} kB`;
process.stdout.write(`all of dist: ${kb(raw)} raw, ${kb(gz)} gzip, ${kb(br)} brotli\n`);
