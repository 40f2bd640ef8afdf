import { describe, expect, it } from "vitest";
import { makeFormat } from "../../common";
import { loadT } from "../../i18n";
import { kinds, now, patientView, section } from "../testing/sample";
import { copyText, forms, type Material } from "./copyText";

const t = await loadT("en");
const writer = { t, format: makeFormat(t, "Europe/London") };
const sections = Object.fromEntries(kinds.map((kind) => [kind, section(kind)]));
const material: Material = { view: patientView(), sections, allergy: "known", now };

describe("a summary as text", () => {
  it.each(forms)(
    "in the form %s names the patient, the allergies, and when and where it was copied",
    (form) => {
      const text = copyText(form, material, writer);
      expect(text).toMatch(/^Bed A-03 · OKAFOR, Adaeze Ngozi \(Ms\) · Born 04-Mar-1958/);
      expect(text).toContain("Known allergies: Penicillin V, Hives");
      expect(text).toMatch(/Copied 23-Nov-2026 14:32 from Ward A$/);
    },
  );

  it("says of a record that is not in use, or not read any more, that it is so", () => {
    const view = patientView();
    view.entry.identity.inactive = true;
    view.entry.state = "gone";
    const lines = copyText("plain", { ...material, view }, writer).split("\n");
    expect(lines[1]).toBe("The record is marked as not in use");
    expect(lines[2]).toBe("The record system no longer knows this patient. Last values are shown.");
  });

  it("every measured value carries its time", () => {
    expect(copyText("plain", material, writer)).toContain("Heart rate 72 /min (23-Nov-2026 14:02)");
  });

  it("has no stopped medicine, and says that not all are listed", () => {
    const text = copyText("ipass", material, writer);
    expect(text).toContain("Medicines (2 of 23):\n- Paracetamol 1 g tablet, 1 tablet four times a day");
    expect(text).not.toContain("Ibuprofen");
  });

  it("has the five parts of I-PASS in their order, with open to-dos only", () => {
    const heads = copyText("ipass", material, writer)
      .split("\n")
      .filter((l) => /^[IPAS] – /.test(l))
      .map((l) => l[0]);
    expect(heads.join("")).toBe("IPASS");
    expect(copyText("ipass", material, writer)).toContain(
      "[ ] Chase potassium (Ward doctor, due 22-Nov-2026)",
    );
    expect(copyText("ipass", material, writer)).not.toContain("Remove cannula");
  });

  it.each([
    ["failed", "Problems: Could not be loaded"],
    ["unsupported", "Problems: This record system does not offer it"],
    ["none", "Problems: None recorded"],
  ] as const)("says that a section is %s instead of leaving it out", (status, want) => {
    const problems = section("problems", { status, items: [] });
    expect(copyText("sbar", { ...material, sections: { ...sections, problems } }, writer)).toContain(want);
  });

  it("says what was not loaded yet", () => {
    expect(copyText("plain", { ...material, sections: {} }, writer)).toContain("Newest values: not loaded");
  });
});
