// Reads the text of a PDF that Chromium has made, page by page: enough to say
// how many pages there are and what stands on each.
import { inflateSync } from "node:zlib";

export function pagesOf(bytes) {
  const objects = new Map();
  const text = bytes.toString("latin1");
  for (const [, id, body] of text.matchAll(/(\d+) 0 obj\s([\s\S]*?)\sendobj/g)) objects.set(id, body);
  return [...objects.values()].filter((body) => /\/Type\s*\/Page\b/.test(body)).map((body) => textOf(body, objects));
}

function streamOf(body) {
  const begin = /stream\r?\n/.exec(body);
  if (!begin) return "";
  const raw = Buffer.from(body.slice(begin.index + begin[0].length, body.lastIndexOf("endstream")), "latin1");
  return (/\/FlateDecode/.test(body) ? inflateSync(raw) : raw).toString("latin1");
}

function textOf(page, objects) {
  const resources = /\/Resources (\d+) 0 R/.exec(page);
  const from = resources ? objects.get(resources[1]) : page;
  const fonts = new Map();
  for (const [, name, id] of from.matchAll(/\/(F\d+) (\d+) 0 R/g)) fonts.set(name, signsOf(objects.get(id), objects));
  const content = /\/Contents (\d+) 0 R/.exec(page)[1];
  let signs = new Map();
  let out = "";
  for (const [, font, shown] of streamOf(objects.get(content)).matchAll(/\/(F\d+) [\d.]+ Tf|((?:\[[^\]]*\]|<[0-9A-Fa-f]*>)\s*T[jJ]|ET)/g)) {
    if (font) signs = fonts.get(font) ?? new Map();
    else if (shown === "ET") out += " ";
    else for (const [, hex] of shown.matchAll(/<([0-9A-Fa-f]*)>/g)) out += hex.match(/.{4}/g)?.map((g) => signs.get(parseInt(g, 16)) ?? "").join("") ?? "";
  }
  return out.replace(/\s+/g, " ");
}

// signsOf reads which sign each glyph of a font is.
function signsOf(font, objects) {
  const map = /\/ToUnicode (\d+) 0 R/.exec(font ?? "");
  const signs = new Map();
  if (!map) return signs;
  const table = streamOf(objects.get(map[1]));
  const sign = (hex) => String.fromCodePoint(...(hex.match(/.{4}/g) ?? []).map((u) => parseInt(u, 16)));
  for (const [, block] of table.matchAll(/beginbfchar([\s\S]*?)endbfchar/g)) {
    for (const [, glyph, hex] of block.matchAll(/<(\w+)>\s*<(\w+)>/g)) signs.set(parseInt(glyph, 16), sign(hex));
  }
  for (const [, block] of table.matchAll(/beginbfrange([\s\S]*?)endbfrange/g)) {
    for (const [, first, last, hex] of block.matchAll(/<(\w+)>\s*<(\w+)>\s*<(\w+)>/g)) {
      for (let g = parseInt(first, 16), i = 0; g <= parseInt(last, 16); g++, i++) signs.set(g, String.fromCodePoint(parseInt(hex, 16) + i));
    }
  }
  return signs;
}
