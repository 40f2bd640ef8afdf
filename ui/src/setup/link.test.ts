import { describe, expect, it } from "vitest";
import { nameOfLink, normalizeLink } from "./link";

describe("normalizeLink", () => {
  it.each([
    ["a base URL as it is", "https://ehr.example/fhir/stu3", "https://ehr.example/fhir/stu3"],
    ["the statement's address", "https://ehr.example/fhir/metadata", "https://ehr.example/fhir"],
    [
      "the statement's address, however written",
      " https://ehr.example/fhir/Metadata/?_format=json ",
      "https://ehr.example/fhir",
    ],
    ["slashes at the end", "https://ehr.example/fhir//", "https://ehr.example/fhir"],
    ["a fragment", "https://ehr.example/fhir#top", "https://ehr.example/fhir"],
    ["no scheme", "ehr.example/fhir", "https://ehr.example/fhir"],
    ["a host alone", "https://ehr.example/", "https://ehr.example"],
    ["a port", "http://127.0.0.1:8080/fhir/r4/", "http://127.0.0.1:8080/fhir/r4"],
    ["angle brackets from a mail", "<https://ehr.example/fhir>", "https://ehr.example/fhir"],
    [
      "metadata as part of a name",
      "https://ehr.example/metadata-server/fhir",
      "https://ehr.example/metadata-server/fhir",
    ],
  ])("takes %s", (_, typed, want) => {
    expect(normalizeLink(typed)).toBe(want);
  });
  it.each([
    ["nothing", " "],
    ["another scheme", "ftp://ehr.example"],
    ["a script", "javascript://ehr.example"],
    ["a password in it", "https://user:secret@ehr.example"],
    ["half an address", "https://"],
  ])("does not take %s", (_, typed) => {
    expect(normalizeLink(typed)).toBe("");
  });
});

describe("nameOfLink", () => {
  it("is the host", () => {
    expect(nameOfLink("https://ehr.example:8443/fhir")).toBe("ehr.example");
    expect(nameOfLink("")).toBe("");
  });
});
