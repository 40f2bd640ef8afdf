import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Item } from "../api/gen";
import { show } from "../test/render";
import { Items } from "./Items";

const allergy: Item = {
  id: "a",
  text: "Penicillin",
  severity: "moderate",
  current: true,
  fields: [
    { label: "criticality", value: "high" },
    { label: "verification", value: "unconfirmed" },
    { label: "category", value: "medication, biologic" },
    { label: "type", value: "Reaction of the old kind" },
    { label: "note", value: "high" },
  ],
};

it.each([
  ["zh-TW", "中度", ["高", "未確認", "藥物、生物製劑", "Reaction of the old kind", "high"]],
  ["en", "moderate", ["high", "unconfirmed", "medication, biologic", "Reaction of the old kind", "high"]],
] as const)(
  "says codes of the record in words, and leaves its texts as they are: %s",
  async (locale, severity, want) => {
    await show(<Items items={[allergy]} marks={[]} />, { locale });
    expect(screen.getByText(`· ${severity}`)).toBeInTheDocument();
    expect(screen.getAllByRole("definition").map((e) => e.textContent)).toEqual(want);
  },
);
