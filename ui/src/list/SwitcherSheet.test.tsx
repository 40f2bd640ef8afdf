import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import type { List } from "../api/gen";
import { show } from "../test/render";
import { json, problem, serve } from "../test/server";
import SwitcherSheet from "./SwitcherSheet";

const list = (id: string, name: string, more: Partial<List> = {}) => ({
  id,
  name,
  space: "s1",
  patients: 3,
  ...more,
});
const ward = list("l1", "Ward A") as List;

it("leads to every list, and says which one is here and which opens first", async () => {
  serve({
    "GET /api/patients/spaces/s1/lists": () =>
      json({ lists: [ward, list("l2", "Nights", { default: true, patients: 1 })], deleted: [] }),
  });
  const onClose = vi.fn();
  const { went } = await show(<SwitcherSheet list={ward} onClose={onClose} />);
  const here = screen.getByRole("link", { name: /Ward A/ });
  expect(here).toHaveAttribute("aria-current", "page");
  expect(here).toHaveFocus();
  const other = await screen.findByRole("link", { name: "Nights ★ Opens first 1 patient" });
  expect(other).not.toHaveAttribute("aria-current");
  await userEvent.click(other);
  expect(onClose).toHaveBeenCalledOnce();
  expect(went.at(-1)).toBe("/s/s1/l/l2");
});

it("still leads to this list and to all of them when the lists cannot be read", async () => {
  let fails = true;
  serve({
    "GET /api/patients/spaces/s1/lists": () =>
      fails ? problem(503, "internal") : json({ lists: [ward, list("l2", "Nights")], deleted: [] }),
  });
  await show(<SwitcherSheet list={ward} onClose={() => {}} />);
  await screen.findByRole("alert");
  expect(screen.getByRole("link", { name: "All lists …" })).toHaveAttribute("href", "/s/s1/lists");
  fails = false;
  await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("link", { name: /Nights/ })).toBeInTheDocument();
});
