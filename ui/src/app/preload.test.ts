import { expect, test } from "vitest";
import { pageAt } from "./Routes";

test.each([
  ["/patients/s/a/l/b", "list"],
  ["/patients/s/a/l/b/", "list"],
  ["/patients/s/a/l/b/p/c", "patient"],
  ["/patients/s/a/l/b/round", "round"],
  ["/patients/s/a/l/b/print", undefined],
  ["/patients/s/a/lists", undefined],
  ["/patients/", undefined],
])("%s begins with %s", (path, page) => {
  expect(pageAt(path)).toBe(page);
});
