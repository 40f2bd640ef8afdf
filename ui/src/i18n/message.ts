// A Message is a text with {names} to fill in, or one text per plural category
// of its {count}.
export type Message = string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>;

// A Catalogue has every key of the English one; the English one is the list of
// keys.
export type CatalogueLike<T> = { readonly [K in keyof T]: Message };

export type Params = Readonly<Record<string, string | number>>;

// fill puts params into a message. A name without a value stays as it is, so
// that the mistake shows.
export function fill(message: Message, params: Params | undefined, rules: Intl.PluralRules): string {
  const text =
    typeof message === "string"
      ? message
      : (message[rules.select(Number(params?.count ?? 0))] ?? message.other);
  if (params === undefined) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    return value === undefined ? whole : String(value);
  });
}
