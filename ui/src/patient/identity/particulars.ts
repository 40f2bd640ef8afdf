import type { Identity } from "../../api/gen";
import type { Format, Key } from "../../common";

export interface Checked {
  identity?: Identity;
  errors: { name?: Key; born?: Key };
}

/** A typed identity, ready to be sent; somebody needs at least a name or a number. */
export function checked(who: Identity): Checked {
  const born = (who.born ?? "").trim();
  const family = (who.family ?? "").trim();
  const given = (who.given ?? "").trim();
  const mrn = (who.mrn ?? "").trim();
  const errors: Checked["errors"] = {};
  if (family === "" && given === "" && mrn === "") errors.name = "particulars.nameNeeded";
  if (born !== "" && !isDate(born)) errors.born = "particulars.bornWrong";
  if (errors.name || errors.born) return { errors };
  const identity: Identity = { ...who, family, given, mrn, born, prefix: (who.prefix ?? "").trim() };
  // The whole name that was kept would contradict the parts that were typed.
  delete identity.text;
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

export function bornText(who: Identity, format: Format): string {
  return format.date(who.born);
}
