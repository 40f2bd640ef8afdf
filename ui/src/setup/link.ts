// normalizeLink makes a FHIR base URL of what people paste: without what
// belongs to the statement's address, a query or a slash at the end. It gives
// "" for what is no address yet. The server has the last word.
export function normalizeLink(typed: string): string {
  let text = typed.trim().replace(/^<|>$/g, "");
  if (text === "") return "";
  if (!/^https?:\/\//i.test(text)) {
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return "";
    text = `https://${text}`;
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return "";
  }
  if (url.hostname === "" || url.username !== "" || url.password !== "") return "";
  url.search = "";
  url.hash = "";
  url.pathname = url.pathname
    .replace(/\/+$/, "")
    .replace(/\/metadata$/i, "")
    .replace(/\/+$/, "");
  return url.toString().replace(/\/$/, "");
}

// nameOfLink proposes a name for a connection: its host.
export function nameOfLink(link: string): string {
  try {
    return new URL(link).hostname;
  } catch {
    return "";
  }
}
