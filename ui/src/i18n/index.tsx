import { createContext, type ReactNode, use, useEffect, useState } from "react";
import { fill, type Message, type Params } from "./message";

export type { Message, Params } from "./message";

type English = typeof import("./en/index").default;

// A Key names a text of the catalogue.
export type Key = keyof English;

export type Locale = "en" | "zh-TW";

export const locales: readonly Locale[] = ["en", "zh-TW"];

type Catalogue = Readonly<Record<string, Message>>;

const loaders: Record<Locale, () => Promise<Catalogue>> = {
  en: async () => (await import("./en/index")).default,
  "zh-TW": async () => (await import("./zh-TW/index")).default,
};

// T gives the text of a key in the reader's language.
export interface T {
  (key: Key, params?: Params): string;
  // dyn is for keys that are made of data (reason.*, column.*): where the
  // catalogue has no such key it gives the fallback.
  dyn(key: string, fallback: string, params?: Params): string;
  has(key: string): key is Key;
  readonly locale: Locale;
}

export function makeT(locale: Locale, catalogue: Catalogue): T {
  const rules = new Intl.PluralRules(locale);
  const dyn = (key: string, fallback: string, params?: Params) => {
    const message = Object.hasOwn(catalogue, key) ? catalogue[key] : undefined;
    return message === undefined ? fallback : fill(message, params, rules);
  };
  const t = (key: Key, params?: Params) => dyn(key, key, params);
  return Object.assign(t, { dyn, has: (key: string): key is Key => Object.hasOwn(catalogue, key), locale });
}

export function loadT(locale: Locale): Promise<T> {
  return loaders[locale]().then((catalogue) => makeT(locale, catalogue));
}

// pickLocale chooses by what the person set, then by what the browser asks for.
// Every kind of Chinese gets the Chinese there is.
export function pickLocale(wanted: string | undefined, browser: readonly string[]): Locale {
  for (const tag of [wanted, ...browser]) {
    const language = tag?.toLowerCase().split("-")[0];
    if (language === "zh") return "zh-TW";
    if (language === "en") return "en";
  }
  return "en";
}

const Texts = createContext<T | null>(null);

// I18n loads the texts of a locale and gives them to what is inside. It shows
// nothing until the first have come; a change of language keeps the old texts
// until the new ones are there.
export function I18n(props: { locale: Locale; children: ReactNode }) {
  const [t, setT] = useState<T | null>(null);
  useEffect(() => {
    let live = true;
    loadT(props.locale).then((loaded) => {
      if (live) setT(() => loaded);
    });
    return () => {
      live = false;
    };
  }, [props.locale]);
  useEffect(() => {
    if (t !== null) document.documentElement.lang = t.locale;
  }, [t]);
  return t === null ? null : <Texts value={t}>{props.children}</Texts>;
}

// WithTexts gives ready texts to what is inside; for tests.
export function WithTexts(props: { t: T; children: ReactNode }) {
  return <Texts value={props.t}>{props.children}</Texts>;
}

// useT gives the texts in the reader's language.
export function useT(): T {
  const t = use(Texts);
  if (t === null) throw new Error("useT outside of I18n");
  return t;
}
