import type { AllergyState, Entry, Identity, Section } from "../api/gen";
import type { Format } from "../common";
import type { Key, T } from "../i18n";
import { isRead } from "./data";

/** A labelled value of the banner. Values stand out more than their labels, and no colon parts them. */
export interface Particular {
  label: Key;
  value: string;
}

/** Zone 1, in its order: born (age), gender, number; the name stands before (PAB-0033…0053). */
export function particularsOf(who: Identity, t: T, format: Format): Particular[] {
  const unknown = t("value.notKnown");
  const age = isDead(who) ? "" : format.age(who.born);
  const born = who.born ? format.date(who.born) : unknown;
  const rest: Particular[] = [
    { label: "banner.born", value: age === "" ? born : `${born} (${age})` },
    { label: "banner.gender", value: t.dyn(`gender.${who.gender || "unknown"}`, who.gender ?? unknown) },
    { label: "banner.mrn", value: who.mrn || unknown },
  ];
  return isDead(who) ? [rest[0] as Particular, death(who, t, format), ...rest.slice(1)] : rest;
}

export function isDead(who: Identity): boolean {
  return (who.deceased ?? "") !== "";
}

/** The date of death and the age at it (PAB-0055…0063). */
function death(who: Identity, t: T, format: Format): Particular {
  const date = who.deceased === "yes" ? undefined : who.deceased;
  if (date === undefined) return { label: "banner.died", value: t("banner.diedUnknown") };
  const age = format.age(who.born, date);
  const day = format.date(date);
  return { label: "banner.died", value: age === "" ? day : `${day} (${t("banner.aged", { age })})` };
}

/** What stands behind the banner's allergy title: the section, if it could be asked for. */
export interface AllergySource {
  section: Section | undefined;
  failed: boolean;
}

/** The title about allergies is one of exactly four (PAB-0064). */
export function allergyTitle(entry: Entry, source: AllergySource): AllergyState {
  if (entry.subject.connection === undefined || entry.subject.connection === "") return "notRecorded";
  const { section, failed } = source;
  if (!isRead(entry) || failed || section === undefined) return "unavailable";
  if (section.allergy) return section.allergy;
  switch (section.status) {
    case "loaded":
      return "known";
    case "none":
      return "notRecorded";
    default:
      return "unavailable";
  }
}
