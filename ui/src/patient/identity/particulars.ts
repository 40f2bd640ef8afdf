import type { Identity } from "../../api/gen";
import { type Key, timeNow } from "../../common";
import { readBorn } from "../../list/date";

export interface Checked {
  identity?: Identity;
  errors: { name?: Key; born?: Key };
}

/** A typed identity, ready to be sent. Somebody needs a name, be it "Unknown". */
export function checked(who: Identity, today = new Date(timeNow())): Checked {
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
  const born = readBorn(identity.born ?? "", today);
  if (born.kind === "read") identity.born = born.iso;
  else if (born.kind !== "empty") errors.born = "particulars.bornWrong";
  if (errors.name || errors.born) return { errors };
  // A whole name that was kept would contradict the parts that were typed.
  if (parts) delete identity.text;
  return { identity, errors };
}
