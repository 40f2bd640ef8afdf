import { describe, expect, it } from "vitest";
import { readBorn } from "./date";

const today = new Date(2026, 10, 28);

describe("a date of birth is read as people write it", () => {
  it.each([
    ["1981-11-10", "1981-11-10"],
    ["1981/11/10", "1981-11-10"],
    ["10-Nov-1981", "1981-11-10"],
    ["10 november 1981", "1981-11-10"],
    ["Nov 10, 1981", "1981-11-10"],
    ["3rd March 1950", "1950-03-03"],
    ["Nov 1981", "1981-11"],
    ["1981", "1981"],
    ["1981-11", "1981-11"],
    ["19811110", "1981-11-10"],
    ["25/12/1981", "1981-12-25"],
    ["12/25/1981", "1981-12-25"],
    ["11/11/1981", "1981-11-11"],
    ["1981年11月10日", "1981-11-10"],
    ["１９８１年１１月１０日", "1981-11-10"],
    ["民國70年11月10日", "1981-11-10"],
    ["民國70.11.10", "1981-11-10"],
    ["民國 100 年 1 月 1 日", "2011-01-01"],
    ["70年11月10日", "1981-11-10"],
    ["70/11/10", "1981-11-10"],
    ["070/11/10", "1981-11-10"],
    ["0701110", "1981-11-10"],
    ["29-Feb-2024", "2024-02-29"],
  ])("%s", (text, iso) => {
    expect(readBorn(text, today)).toEqual({ kind: "read", iso });
  });

  it("gives both readings where day and month could be swapped", () => {
    expect(readBorn("10/11/1981", today)).toEqual({ kind: "ambiguous", isos: ["1981-11-10", "1981-10-11"] });
  });

  it("takes the only reading that is not in the future", () => {
    expect(readBorn("10/12/2026", today)).toEqual({ kind: "read", iso: "2026-10-12" });
  });

  it.each(["", "   "])("says that nothing was typed: %j", (text) => {
    expect(readBorn(text, today)).toEqual({ kind: "empty" });
  });

  it.each(["29-Feb-2023", "31/31/1981", "soon", "民國70年13月1日", "1-2", "1066-10-14", "10-Foo-1981"])(
    "cannot read %s",
    (text) => {
      expect(readBorn(text, today)).toEqual({ kind: "unreadable" });
    },
  );

  it("refuses a birth after today", () => {
    expect(readBorn("2027-01-01", today)).toEqual({ kind: "future", iso: "2027-01-01" });
  });
});
