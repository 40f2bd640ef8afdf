import { beforeAll, describe, expect, it } from "vitest";
import type { Cell, Column, Identity, Item } from "../api/gen";
import { type Format, makeFormat } from "../common";
import { loadT, type T } from "../i18n";
import { summaryOf } from "./summary";
import { sampleEntry, sampleView } from "./testing/sample";
import { bornText, cellNotes, itemLine, itemText } from "./words";

let t: T;
let f: Format;
beforeAll(async () => {
  t = await loadT("en");
  f = makeFormat(t, "America/Chicago");
});

const column = (key: string): Column => ({ key, group: "stay", ehr: true, kind: "encounters" });
const item = (text: string, more: Partial<Item> = {}): Item => ({ id: text, text, current: true, ...more });
const temp = item("98.60", {
  value: 98.6,
  unit: "°F",
  time: "2026-01-02T11:25:00-05:00",
  timeLabel: "measured",
  state: "preliminary",
});

describe("an item of a record as a line of text", () => {
  it.each<[string, Item, string]>([
    ["temp", temp, "98.60 °F (preliminary, 02-Jan-2026 10:25)"],
    [
      "problems",
      item("Asthma", { severity: "Moderate", state: "active", time: "2025-10-12", timeLabel: "started" }),
      "Asthma, Moderate (since 12-Oct-2025)",
    ],
    [
      "location",
      item("Medical Outpatients", {
        state: "finished",
        current: false,
        time: "2025-10-12T11:11:00-05:00",
        timeLabel: "discharged",
      }),
      "Medical Outpatients (finished, discharged 12-Oct-2025 11:11)",
    ],
    [
      "medications",
      item("Metformin", {
        detail: "500 mg twice daily",
        state: "on-hold",
        time: "2018-08-29",
        timeLabel: "written",
      }),
      "Metformin, 500 mg twice daily (on hold, ordered 29-Aug-2018)",
    ],
  ])("%s has its unit, state and time", (key, one, want) => {
    expect(itemLine(t, f, column(key), one)).toBe(want);
  });

  it("writes when somebody was admitted in the zone of the ward, and the status once", () => {
    const at = item("2026-01-13T17:25:00-05:00", { state: "finished", time: "2026-01-20T17:25:00-05:00" });
    expect(itemText(t, f, column("admitted"), at)).toBe("13-Jan-2026 16:25");
    expect(itemText(t, f, column("admitted"), item("2026-01-13"))).toBe("13-Jan-2026");
    expect(itemLine(t, f, column("status"), item("finished", { state: "finished" }))).toBe("finished");
  });
});

it.each<[Cell | undefined, string[]]>([
  [undefined, ["Waiting for the record system"]],
  [{ status: "pending" }, ["Waiting for the record system"]],
  [{ status: "none" }, ["None recorded"]],
  [{ status: "none", note: "notRecorded" }, ["Allergies not recorded"]],
  [{ status: "loaded", note: "known", items: [item("Latex")] }, []],
  [{ status: "unsupported" }, ["Not offered by this record system"]],
  [{ status: "loaded", items: [item("Latex")], total: 3 }, ["1 of 3"]],
  [
    { status: "failed", items: [item("Latex")], reason: "ehr-down", asOf: "2026-11-28T14:00:00Z" },
    ["as of 28-Nov-2026 08:00"],
  ],
  [
    { status: "failed", note: "unavailable", asOf: "2026-11-28T14:00:00Z" },
    ["Allergies unavailable", "Could not be loaded.", "as of 28-Nov-2026 08:00"],
  ],
])("a cell of %o is never an empty place", (cell, want) => {
  expect(cellNotes(t, f, cell)).toEqual(want);
});

it.each<[Partial<Identity>, string]>([
  [{ born: "1931-04-04", deceased: "2025-12-19" }, "04-Apr-1931 (94 years)"],
  [{ born: "1931-04-04", deceased: "yes" }, "04-Apr-1931"],
  [{}, "Not known"],
])("the dead grow no older: %o", (who, want) => {
  expect(bornText(t, f, who)).toBe(want);
});

it("writes codes of a record in the reader's language", async () => {
  const zh = await loadT("zh-TW");
  const asthma = item("Asthma", { severity: "severe", detail: "provisional", state: "recurrence" });
  expect(itemLine(zh, f, column("problems"), asthma)).toBe("Asthma, 重度, 暫定 (復發)");
});

it("copies that a record is not in use, and not read any more", () => {
  const entry = sampleEntry("a", { state: "merged" });
  entry.identity.inactive = true;
  expect(
    summaryOf(t, f, entry, [], sampleView([entry]))
      .split("\n")
      .slice(1, 3),
  ).toEqual(["The record is marked as not in use", "The record was merged into another. Open to follow it."]);
});

it("copies a row with units, and with what is missing", () => {
  const entry = sampleEntry("a", {
    cells: {
      temp: { status: "loaded", items: [temp] },
      allergies: { status: "failed", note: "unavailable" },
      problems: { status: "none" },
    },
  });
  const columns = ["temp", "allergies", "problems", "coverage"].map(column);
  const text = summaryOf(t, f, entry, columns, sampleView([entry]), Date.parse("2026-11-28T14:32:00Z"));
  expect(text.split("\n").slice(1)).toEqual([
    "Temp.: 98.60 °F (preliminary, 02-Jan-2026 10:25)",
    "Allergies: Allergies unavailable; Could not be loaded.",
    "Problems: None recorded",
    "Coverage: Waiting for the record system",
    "Copied 28-Nov-2026 08:32 from Ward A",
  ]);
});
