import { expect, it } from "vitest";
import { sampleEntry, sampleView } from "../testing/sample";
import { onLists, placed } from "./placed";

it("knows who was added since, and says each list once", () => {
  const ward = sampleView([]).list;
  const night = { ...ward, id: "night", name: "Nights" };
  const entry = sampleEntry("a");
  const found = { subject: entry.subject, identity: entry.identity };
  const first = placed(new Map(), [entry], [ward, night]);
  expect(onLists(found, first)).toEqual([{ list: "ward", name: "Ward A" }]);
  const both = placed(first, [{ ...entry, list: "night" }], [ward, night]);
  expect(onLists({ ...found, on: [{ list: "ward", name: "Ward A" }] }, both).map((l) => l.name)).toEqual([
    "Ward A",
    "Nights",
  ]);
  expect(onLists({ ...found, subject: { connection: "ehr", patient: "p-b" } }, both)).toEqual([]);
});
