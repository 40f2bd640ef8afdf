export type Locale = "en" | "zh-TW";

export const locales: readonly Locale[] = ["en", "zh-TW"];

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
