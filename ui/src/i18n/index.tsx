import { createContext, type ReactNode, use, useEffect, useState } from "react";
import type { Locale } from "./locale";
import { fill, type Message, type Params } from "./message";

export { type Locale, locales, pickLocale } from "./locale";
export type { Message, Params } from "./message";

type English = typeof import("./en/index").default;

// A Key names a text of the catalogue.
export type Key = keyof English;

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

const Texts = createContext<T | null>(null);

// I18n gives the texts of a locale to what is inside. It begins with those that
// are loaded, and keeps the old ones until those of another language are there.
export function I18n(props: { first: T; locale: Locale; children: ReactNode }) {
  const [t, setT] = useState<T>(() => props.first);
  const shown = t.locale;
  useEffect(() => {
    if (props.locale === shown) return;
    let live = true;
    loadT(props.locale).then((loaded) => {
      if (live) setT(() => loaded);
    });
    return () => {
      live = false;
    };
  }, [props.locale, shown]);
  useEffect(() => {
    document.documentElement.lang = shown;
  }, [shown]);
  return <Texts value={t}>{props.children}</Texts>;
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
