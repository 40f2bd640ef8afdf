import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { faultKey } from "../common/fault";
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

// goFiles are the sources that answer the pages.
const goFiles = ["patients", "patients/api", "people", "operation"].flatMap((dir) =>
  readdirSync(join(process.cwd(), "../internal", dir))
    .filter((name) => name.endsWith(".go") && !name.endsWith("_test.go"))
    .map((name) => source(`${dir}/${name}`)),
);
const answers = goFiles.join("\n");

describe("failures have words", () => {
  // What no page of ours can do is said to programs, in English.
  const forPrograms = ["method-not-allowed", "unsupported-media-type"];
  const codes = codesIn(answers, /Problemf\([^,\n]+, "([a-z-]+)"/g);

  it("finds them", () => {
    expect(codes).toContain("too-fast");
    expect(codes).toContain("on-list");
  });

  it.each(codes.filter((code) => !forPrograms.includes(code)))("%s", (code) => {
    expect(en).toHaveProperty([`reason.${code}`]);
  });
});

describe("mistakes in fields have words", () => {
  const forPrograms = [
    /^must be [a-z]+(, [a-z]+)* or [a-z]+$/, // choices that the pages offer
    /^want (male|confirm)/,
    /^must name a connection/,
    /^must be (like|an identity)/,
    /^is missing(;| ?:) (a column|null|say who)/,
    /^(name one that|have a custom key)/,
    /^is (empty|not a time|not of the form wanted|given more than once)$/,
  ];
  const faults = [
    ...codesIn(answers, /\binvalid\((?:"\w+"|\w+), "([^"]+)"\)/g),
    ...codesIn(answers, /\[[^\]]+\] = "((?:is|has|are|can|may|needs) [^"]+)"/g),
    ...codesIn(answers, /return "((?:is|has) [^"]+)"/g),
    ...codesIn(answers, /"\w+": "((?:is|needs) [^"]+)"/g),
    ...codesIn(answers, /Wanted += "([^"]+)"/g),
  ].filter((text) => text !== "");

  it("finds them", () => {
    expect(faults).toContain("is the same list");
    expect(faults).toContain("is the old one");
    expect(faults).toContain("is not a time zone such as America/Chicago");
  });

  it.each(faults.filter((text) => !forPrograms.some((it) => it.test(text))))("%s", (text) => {
    expect(en).toHaveProperty([`fault.${faultKey(text)}`]);
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
