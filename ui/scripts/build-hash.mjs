// Writes into dist/BUILD what the pages were built from: one hash over the
// sources. `go test ./ui` computes the same, and fails when a build is stale.
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/** What a build depends on. Tests and what only they use do not count. */
function counts(name) {
  if (name.startsWith("src/")) {
    return !/\.test\.tsx?$/.test(name) && !/\/(test|testing)\//.test(name);
  }
  return /^(package(-lock)?\.json|vite\.config\.\w+|[\w-]+\.html)$/.test(name);
}

async function files(dir) {
  const entries = await readdir(dir, { withFileTypes: true, recursive: dir !== root });
  return entries
    .filter((e) => e.isFile())
    .map((e) => relative(root, join(e.parentPath, e.name)).split(sep).join("/"))
    .filter(counts);
}

const names = [...(await files(root)), ...(await files(join(root, "src")))].sort();
const lines = await Promise.all(
  names.map(async (name) => `${sha256(await readFile(join(root, name)))}  ${name}\n`),
);
await writeFile(join(root, "dist", "BUILD"), `${sha256(lines.join(""))}\n`);
