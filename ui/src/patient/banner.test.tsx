import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { AllergyState, Entry, Identity, Section } from "../api/gen";
import { makeFormat } from "../common";
import { loadT } from "../i18n";
import { Banner } from "./Banner";
import { allergyTitle, particularsOf } from "./banner";
import { Fake } from "./testing/fake";
import { show } from "./testing/render";
import { entry, section } from "./testing/sample";

const t = await loadT("en");
const format = makeFormat(t, "Europe/London");

async function banner(
  identity: Partial<Identity>,
  more: Partial<Entry> = {},
  allergy: AllergyState = "none",
) {
  const who = entry("e1", more);
  const page = <Banner entry={{ ...who, identity: { ...who.identity, ...identity } }} allergy={allergy} />;
  await show(page, new Fake(), { path: "/", route: "/" });
  return screen.getByRole("region", { name: "Patient" });
}

describe("banner", () => {
  it("PAB-0033…0053: FAMILY NAME, Given (Title), then born with age, gender, number", async () => {
    const shown = await banner({});
    expect(within(shown).getByRole("heading", { level: 1 })).toHaveTextContent("OKAFOR, Adaeze Ngozi (Ms)");
    const terms = within(shown)
      .getAllByRole("term")
      .map((e) => e.textContent);
    expect(terms.slice(0, 3)).toEqual(["Born", "Gender", "MRN"]);
    const values = within(shown)
      .getAllByRole("definition")
      .map((e) => e.textContent);
    expect(values[0]).toMatch(/^04-Mar-1958 \(\d+ years\)$/);
    expect(values.slice(1, 3)).toEqual(["Female", "SAMPLE-1047"]);
  });

  it("PAB-0022…0024: no label ends with a colon", async () => {
    const shown = await banner({});
    for (const term of within(shown).getAllByRole("term")) expect(term.textContent).not.toMatch(/[:：]\s*$/);
  });

  it("PAB-0016, 0019: what is not known says so, and never with a question mark", async () => {
    const shown = await banner({ born: "", gender: "", mrn: "" });
    const values = within(shown)
      .getAllByRole("definition")
      .map((e) => e.textContent);
    expect(values.slice(0, 3)).toEqual(["Not known", "Not known", "Not known"]);
    expect(shown.textContent).not.toContain("?");
  });

  it("PAB-0021: there is no photograph", async () => {
    expect(within(await banner({})).queryByRole("img")).toBeNull();
  });

  it.each([
    ["a date", "2026-11-20", "20-Nov-2026 (aged 68 years)"],
    ["a time", "2026-11-20T23:30:00Z", "20-Nov-2026 (aged 68 years)"],
    ["no date", "yes", "Date not known"],
  ])("PAB-0055…0063: someone who died, with %s", async (_, deceased, want) => {
    const shown = await banner({ deceased });
    expect(shown).toHaveAttribute("data-dead");
    expect(within(shown).getByText("Died").nextSibling).toHaveTextContent(want);
    // The age of today would be wrong.
    expect(within(shown).getByText("Born").nextSibling).toHaveTextContent(/^04-Mar-1958$/);
  });

  it("a 300-character name, and one in Arabic, are shown whole", async () => {
    const family = "Ng".repeat(150);
    const shown = await banner({ family, given: "ليلى", prefix: "" });
    const heading = within(shown).getByRole("heading", { level: 1 });
    expect(heading).toHaveTextContent(`${family.toUpperCase()}, ليلى`);
    expect(heading).toHaveAttribute("dir", "auto");
  });

  it("a Chinese name is written as one, with its label in Chinese", async () => {
    const zh = await loadT("zh-TW");
    const who = { family: "歐陽", given: "怡君", born: "1981-11-10", gender: "female", mrn: "1" };
    const f = makeFormat(zh, "Asia/Taipei");
    expect(f.name(who)).toBe("歐陽怡君");
    const [born, gender] = particularsOf(who, zh, f);
    expect(born?.value).toMatch(/^1981年11月10日 \(/);
    expect(gender?.value).toBe("女");
  });
});

describe("PAB-0064: the allergy title", () => {
  it.each<[string, Partial<Section> | undefined, boolean, AllergyState, string]>([
    ["data present", { status: "loaded", allergy: "known" }, false, "known", "Known allergies"],
    ["an explicit negation", { status: "loaded", allergy: "none" }, false, "none", "No known allergies"],
    ["an empty answer", { status: "none" }, false, "notRecorded", "Allergies not recorded"],
    ["a failed query", { status: "failed" }, false, "unavailable", "Allergies unavailable"],
    [
      "an EHR that does not offer it",
      { status: "unsupported" },
      false,
      "unavailable",
      "Allergies unavailable",
    ],
    ["a call that failed", undefined, true, "unavailable", "Allergies unavailable"],
    ["no answer yet", undefined, false, "unavailable", "Allergies unavailable"],
  ])("for %s", (_, data, failed, want, title) => {
    const answer = data && { ...section("allergies"), allergy: undefined, ...data };
    expect(allergyTitle(entry(), { section: answer, failed })).toBe(want);
    expect(t(`allergy.${want}`)).toBe(title);
  });

  it("for a patient typed by hand is that they were not recorded", () => {
    expect(allergyTitle(entry("e1", { subject: {} }), { section: undefined, failed: false })).toBe(
      "notRecorded",
    );
  });

  it("for a record that may be another person's is that they are unavailable", () => {
    const answer = section("allergies");
    expect(allergyTitle(entry("e1", { state: "mismatch" }), { section: answer, failed: false })).toBe(
      "unavailable",
    );
  });

  it("is in the banner, with what is known", async () => {
    const page = <Banner entry={entry()} allergy="known" allergies={["Penicillin V", "Latex"]} />;
    await show(page, new Fake(), { path: "/", route: "/" });
    expect(screen.getByText("Known allergies").parentElement).toHaveTextContent(
      "Known allergies Penicillin V, Latex",
    );
    expect(format.zone).toBe("Europe/London");
  });
});
