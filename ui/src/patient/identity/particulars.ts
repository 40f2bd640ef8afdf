import type { Identity } from "../../api/gen";
import type { Key } from "../../common";

export interface Checked {
  identity?: Identity;
  errors: { name?: Key; born?: Key };
}

/** A typed identity, ready to be sent. Somebody needs a name, be it "Unknown". */
export function checked(who: Identity): Checked {
  const trimmed = (key: "family" | "given" | "prefix" | "born" | "mrn") => (who[key] ?? "").trim();
  const identity: Identity = {
    ...who,
    family: trimmed("family"),
    given: trimmed("given"),
    prefix: trimmed("prefix"),
    born: trimmed("born"),
    mrn: trimmed("mrn"),
  };
  const parts = identity.family !== "" || identity.given !== "";
  const errors: Checked["errors"] = {};
  if (!parts && !who.text) errors.name = "particulars.nameNeeded";
  if (identity.born && !isDate(identity.born)) errors.born = "particulars.bornWrong";
  if (errors.name || errors.born) return { errors };
  // A whole name that was kept would contradict the parts that were typed.
  if (parts) delete identity.text;
  return { identity, errors };
}

/** A date in a precision that records know, and that the calendar has. */
export function isDate(text: string): boolean {
  const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text);
  if (!parts) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2] ?? 1), Number(parts[3] ?? 1)];
  const at = new Date(Date.UTC(year, month - 1, day));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day && year >= 1850;
}
