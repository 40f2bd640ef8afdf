import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { operations } from "../setup/operations";
import en from "./en/index";

// The server tells why something failed by codes. What they mean is written
// here, so every code of the server must have its words.
const source = (path: string) => readFileSync(join(process.cwd(), "../internal", path), "utf8");
const codesIn = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map((m) => m[1] ?? "")),
];

describe("codes of the server have words", () => {
  const reasons = [
    ...codesIn(source("chart/reason.go"), /^\tReason\w+ += "([a-z-]+)"/gm),
    ...codesIn(source("patients/connection.go"), /^\tReason\w+ += "([a-z-]+)"/gm),
  ];

  it("finds them", () => {
    expect(reasons).toContain("ehr-down");
    expect(reasons).toContain("connect-not-fhir");
  });

  it.each(reasons)("%s says why, and what to do", (code) => {
    expect(en).toHaveProperty([`reason.${code}`]);
    expect(en).toHaveProperty([`advice.${code}`]);
  });
});

describe("operations of the record have words", () => {
  const recorded = codesIn(source("patients/api/recorded_test.go"), /"[a-z]\w+": +"([A-Z]\w+)"/g);

  it("finds them", () => {
    expect(recorded).toContain("PatientView");
  });

  it.each(recorded)("%s can be looked for", (name) => {
    expect(operations).toContain(name);
    expect(en).toHaveProperty([`audit.op.${name}`]);
  });
});
