import { askEarly, type EarlyPage, neededBy, startOf } from "../common/early";
import { type Locale, pickLocale } from "../i18n/locale";

// files are what the build made of these pages and of the texts.
declare const files: Readonly<Partial<Record<EarlyPage | Locale, readonly string[]>>>;

// The page's first script: the build writes it into the HTML (vite.config.ts).
// It begins what would else begin one after the other: the questions to the
// server, and the files of the texts and of the page that the address leads to.
const start = startOf(location.pathname);
globalThis.wardbridgeEarly = askEarly(neededBy(start), fetch);
const texts = files[pickLocale(undefined, navigator.languages)] ?? [];
for (const file of [...texts, ...((start.page && files[start.page]) ?? [])]) {
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.crossOrigin = "";
  link.href = file;
  document.head.append(link);
}
