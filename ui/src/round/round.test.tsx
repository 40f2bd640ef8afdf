import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { Entry } from "../api/gen";
import { Fake } from "../patient/testing/fake";
import { show } from "../patient/testing/render";
import { cell, entry } from "../patient/testing/sample";
import RoundPage from "./index";
import { stepOf, swipeOf } from "./keys";

const at = { path: "/s/space/l/ward/round", route: "/s/:space/l/:list/round" };

beforeEach(() => sessionStorage.clear());

async function begin(fake: Fake) {
  const shown = await show(<RoundPage />, fake, at);
  await userEvent.click(await screen.findByRole("button", { name: "Start round" }));
  await screen.findByRole("button", { name: "Seen" });
  return shown;
}

const heading = () => screen.getByRole("heading", { level: 1 });

describe("a round", () => {
  it("starts in the order that was shown, and misses nobody whom a filter hid", async () => {
    sessionStorage.setItem("wb.order.ward", '["e3","e1"]');
    const fake = new Fake();
    await begin(fake);
    expect(fake.of("POST", "/round")[0]?.body).toMatchObject({ action: "start", order: ["e3", "e1", "e2"] });
    expect(heading()).toHaveTextContent("HADDAD");
  });

  it("Seen goes on to the next, with its count, and ends with whom is left", async () => {
    const fake = new Fake();
    await begin(fake);
    expect(screen.getByText("0 of 3 seen")).toBeVisible();
    await userEvent.click(await screen.findByRole("button", { name: "Seen" }));
    await waitFor(() => expect(heading()).toHaveTextContent("陳怡君"));
    expect(screen.getByText("1 of 3 seen")).toBeVisible();
    await userEvent.click(await screen.findByRole("button", { name: "Next" }));
    await userEvent.click(await screen.findByRole("button", { name: "Next" }));
    await screen.findByRole("heading", { name: "Not seen yet" });
    expect(screen.queryByRole("region", { name: "Patient" })).toBeNull();
    const names = screen.getAllByRole("list")[0];
    expect(names).toHaveTextContent("陳怡君");
    expect(names).toHaveTextContent("HADDAD");
    expect(names).not.toHaveTextContent("OKAFOR");
  });

  it("goes by keys alone, and not while someone types", async () => {
    const fake = new Fake();
    await begin(fake);
    await userEvent.keyboard("s");
    await waitFor(() => expect(heading()).toHaveTextContent("陳怡君"));
    await userEvent.keyboard("{ArrowLeft}");
    await waitFor(() => expect(heading()).toHaveTextContent("OKAFOR"));
    await userEvent.type(await screen.findByRole("textbox", { name: "New note" }), "sss");
    expect(heading()).toHaveTextContent("OKAFOR");
    expect(fake.of("POST", "/round").filter((a) => a.body.action === "seen")).toHaveLength(1);
  });

  it("is resumed where it was left", async () => {
    const fake = new Fake();
    fake.list = {
      ...fake.list,
      round: {
        id: "r1",
        list: "ward",
        by: "doctor",
        started: "2026-11-23T08:00:00Z",
        order: ["e1", "e2", "e3"],
        seen: { e1: { by: "doctor", at: "2026-11-23T08:05:00Z" } },
      },
    };
    await show(<RoundPage />, fake, at);
    await screen.findByRole("button", { name: "Seen" });
    expect(heading()).toHaveTextContent("陳怡君");
    expect(screen.getByText("1 of 3 seen")).toBeVisible();
    await userEvent.click(await screen.findByRole("button", { name: "Previous" }));
    await screen.findByText(/Seen by Ward doctor/);
  });

  it("asks for nothing of a record that was merged into another, and says why", async () => {
    const fake = new Fake();
    const merged = entry("e1", { state: "merged", other: { family: "Okafor", mrn: "SAMPLE-2000" } });
    fake.view = { ...fake.view, entry: merged };
    fake.list = { ...fake.list, entries: fake.list.entries.map((e) => (e.id === "e1" ? merged : e)) };
    await begin(fake);
    await screen.findByRole("heading", { name: /merged/ });
    expect(screen.getByRole("region", { name: "Patient" })).toHaveTextContent("Allergies unavailable");
    expect(screen.queryByRole("region", { name: /Allergies|Vital signs/ })).toBeNull();
    expect(fake.of("GET", "/entries/e1/sections/allergies")).toEqual([]);
    expect(fake.of("GET", "/entries/e1/sections/vitals")).toEqual([]);
    expect(screen.getByRole("textbox", { name: "New note" })).toBeVisible();
  });

  it("asks ahead for no record that may be another person's", async () => {
    const fake = new Fake();
    const [first, , third] = fake.list.entries as [Entry, Entry, Entry];
    fake.list = { ...fake.list, entries: [first, entry("e2", { state: "mismatch" }), third] };
    await begin(fake);
    await waitFor(() => expect(fake.of("GET", "/entries/e2")).toHaveLength(1));
    expect(fake.of("GET", "/entries/e2/sections/vitals")).toEqual([]);
  });

  it("shows nothing of a patient who was found to be another, though they were read before", async () => {
    const fake = new Fake();
    await begin(fake);
    await screen.findByText(/adhesive tape/);
    await within(screen.getByRole("region", { name: "Patient" })).findByText(/Penicillin V/);
    fake.hangs = (path) => path.endsWith("/entries/e1") || path.includes("/sections/");
    const cells = { ...fake.view.entry.cells, identity: cell("OKAFOR, Adaeze Ngozi", { seq: 60 }) };
    const whole = entry("e1", { state: "mismatch", other: { family: "Diaz", born: "1990-01-01" }, cells });
    fake.say({ seq: 60, kind: "entry", entry: "e1", whole });
    await waitFor(() => expect(screen.queryByText(/adhesive tape/)).toBeNull());
    expect(screen.queryByText(/Penicillin V/)).toBeNull();
    expect(screen.getByRole("region", { name: "Patient" })).toHaveTextContent("Allergies unavailable");
  });

  it("asks before it ends with patients who were not seen", async () => {
    const fake = new Fake();
    await begin(fake);
    await userEvent.click(await screen.findByRole("button", { name: "Who is left" }));
    await userEvent.click(await screen.findByRole("button", { name: "End round" }));
    const dialog = await screen.findByRole("alertdialog");
    expect(dialog).toHaveTextContent("3 patients were not seen");
    await userEvent.click(await within(dialog).findByRole("button", { name: "End round" }));
    await screen.findByText("the list");
  });
});

describe("keys and swipes", () => {
  const press = (init: KeyboardEventInit, target: Element = document.body) => {
    const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init });
    let step: ReturnType<typeof stepOf>;
    const listen = (e: Event) => {
      step = stepOf(e as KeyboardEvent);
    };
    document.addEventListener("keydown", listen, { once: true });
    fireEvent(target, event);
    return step;
  };

  it.each([
    [{ key: "ArrowLeft" }, "previous"],
    [{ key: "ArrowRight" }, "next"],
    [{ key: "s" }, "seen"],
    [{ key: "s", ctrlKey: true }, undefined],
    [{ key: "s", repeat: true }, undefined],
    [{ key: "s", isComposing: true }, undefined],
    [{ key: "x" }, undefined],
  ])("%o is %s", (init, want) => {
    expect(press(init)).toBe(want);
  });

  it.each([
    ["a stroke to the left", { x: 250, y: 100 }, { x: 100, y: 110 }, "next"],
    ["a stroke to the right", { x: 100, y: 100 }, { x: 250, y: 90 }, "previous"],
    ["a short one", { x: 100, y: 100 }, { x: 150, y: 100 }, undefined],
    ["a slanted one", { x: 100, y: 100 }, { x: 250, y: 220 }, undefined],
  ])("%s", (_, from, to, want) => {
    expect(swipeOf(from, to)).toBe(want);
  });
});
