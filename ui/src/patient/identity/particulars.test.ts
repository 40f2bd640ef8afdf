import { describe, expect, it } from "vitest";
import { makeFormat } from "../../common";
import { loadT } from "../../i18n";
import { compare } from "./compare";
import { checked } from "./particulars";

describe("typed particulars", () => {
  it.each([
    ["1981", "1981"],
    ["1981-11", "1981-11"],
    ["10-Nov-1981", "1981-11-10"],
    ["1981年11月10日", "1981-11-10"],
    ["民國70年11月10日", "1981-11-10"],
    ["", ""],
  ])("read the birth date %s as %s", (text, want) => {
    expect(checked({ family: "Okafor", born: text }).identity?.born).toBe(want);
  });

  it("are trimmed, and parts replace a whole name", () => {
    const { identity } = checked({ family: " Okafor ", given: "Ada", text: "Ada Okafor", born: " 1958 " });
    expect(identity).toEqual({ family: "Okafor", given: "Ada", prefix: "", born: "1958", mrn: "" });
  });

  it("keep a whole name that has no parts", () => {
    expect(checked({ text: "Ada Okafor" }).identity?.text).toBe("Ada Okafor");
  });

  it.each([
    [{ mrn: "T-1" }, { name: "particulars.nameNeeded" }],
    [{ family: "Okafor", born: "1958-02-30" }, { born: "particulars.bornWrong" }],
    [{ family: "Okafor", born: "10/11/1981" }, { born: "particulars.bornWrong" }],
    [{ family: "Okafor", born: "10-Nov-2981" }, { born: "particulars.bornWrong" }],
  ])("%o is refused", (who, errors) => {
    expect(checked(who)).toEqual({ errors });
  });
});

describe("two identities", () => {
  it("differ by what they say, and not by capitals or spaces", async () => {
    const t = await loadT("en");
    const left = { family: "OKAFOR", given: "Ada ", born: "1958-03-04", gender: "female" };
    const right = { family: "Okafor", given: "Ada", born: "1958-03-05", gender: "female", mrn: "2" };
    const pairs = compare(left, right, t, makeFormat(t, "UTC"));
    expect(pairs.filter((p) => p.differs).map((p) => [p.left, p.right])).toEqual([
      ["04-Mar-1958", "05-Mar-1958"],
      ["Not known", "2"],
    ]);
  });
});
