import { expect, it } from "vitest";
import type { AuditEntry } from "../api/gen";
import { loadT } from "../i18n";
import { view } from "../test/render";
import { auditDetail } from "./auditDetail";

const space = {
  people: { p7: "Night physician" },
  schemas: [
    ...view.schemas,
    {
      id: "own",
      space: "s1",
      name: "Stroke unit",
      columns: [{ key: "custom:1", label: "Swallow", group: "own" }],
      version: 1,
    },
  ],
} as unknown as typeof view;

const say = async (detail: string, status = 200, locale: "en" | "zh-TW" = "zh-TW") =>
  auditDetail(await loadT(locale), { detail, status } as AuditEntry, space);

it.each([
  ["owner Person/p7", "擁有者、Night physician"],
  ["member Person/gone", "成員、gone"],
  ["deidentified xlsx purpose=round", "去識別化、XLSX、用途 查房"],
  ["pocket purpose=other", "口袋清單、用途 其他"],
  ["schema rounding", "查房"],
  ["schema own", "Stroke unit"],
  ["to l9", "移至清單 l9"],
  ["severity", "嚴重度"],
  ["vitals", "生命徵象"],
  ["custom:1", "Swallow"],
  ["name beds", "名稱、床位"],
  ["https://ehr.example.org/fhir?a=b", "https://ehr.example.org/fhir?a=b"],
  ["", ""],
])("says %s", async (detail, want) => {
  expect(await say(detail)).toBe(want);
});

it("says why something was refused, by its code", async () => {
  expect(await say("on-list", 409)).toBe("此病人已在清單上。請移除其中一個。");
  expect(await say("as it was once", 409)).toBe("as it was once");
  expect(await say("owner Person/p7", 200, "en")).toBe("Owner, Night physician");
});
