import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { Entry } from "../api/gen";
import PatientPage from "./index";
import { Fake } from "./testing/fake";
import { show } from "./testing/render";
import { cell } from "./testing/sample";

// What stands under a banner is of the patient whom the banner names.

const at = { path: "/s/space/l/ward/p/e1", route: "/s/:space/l/:list/p/:entry" };
const region = (name: string | RegExp) => screen.findByRole("region", { name });
const heading = (name: RegExp) => screen.findByRole("heading", { level: 1, name });
const problem = "Osteoarthritis of right hip";

beforeEach(() => sessionStorage.clear());

describe("going to a patient whose page was read before", () => {
  /** Opens the first patient, and reads the second, whose sections do not come. */
  async function both(fake: Fake) {
    fake.hangs = (path) => path.includes("/entries/e2/sections/");
    const { location } = await show(<PatientPage />, fake, at);
    const to = (entry: string) => act(async () => location.navigate(`/s/space/l/ward/p/${entry}`));
    const first = async () => {
      await to("e1");
      await heading(/OKAFOR/);
    };
    const second = async () => {
      await to("e2");
      await heading(/陳怡君/);
    };
    await heading(/OKAFOR/);
    await second();
    await first();
    return { first, second };
  }

  it("shows nothing of the other's record while the own one is on its way", async () => {
    const { second } = await both(new Fake());
    await within(await region(/Problems/)).findByText(problem);
    await within(await region("Patient")).findByText(/Penicillin V/);
    await second();
    expect(screen.queryByText(problem)).toBeNull();
    expect(await region("Patient")).toHaveTextContent("Allergies unavailable");
    expect(await region("Patient")).not.toHaveTextContent("Penicillin V");
  });

  it("takes along no words that were begun", async () => {
    const { first, second } = await both(new Fake());
    const box = () => screen.getByRole("textbox", { name: "New to-do" });
    await userEvent.type(box(), "Give potassium 40 mmol");
    await second();
    expect(box()).toHaveValue("");
    expect(screen.queryByDisplayValue(/potassium/)).toBeNull();
    await userEvent.type(box(), "Wound check");
    await first();
    expect(box()).not.toHaveValue("Wound check");
  });

  it("takes along nobody who was found for the other", async () => {
    const fake = new Fake();
    fake.view = { ...fake.view, entry: { ...fake.view.entry, state: "unlinked" } };
    fake.list = { ...fake.list, entries: fake.list.entries.map((e) => ({ ...e, state: "unlinked" })) };
    fake.found = [{ subject: { connection: "ehr", patient: "p9" }, identity: fake.view.entry.identity }];
    const { second } = await both(fake);
    await userEvent.click(await screen.findByRole("button", { name: "Look for this patient" }));
    await screen.findByRole("button", { name: /^Link to/ });
    await second();
    expect(screen.getByRole("button", { name: "Look for this patient" })).toBeVisible();
    expect(screen.queryByRole("button", { name: /^Link to/ })).toBeNull();
  });

  it("takes the focus to who it is now", async () => {
    const { second } = await both(new Fake());
    await second();
    expect(await heading(/陳怡君/)).toHaveFocus();
  });
});

describe("an entry that is linked to another record", () => {
  /** The entry as it is from its next number on. */
  const since = (fake: Fake, more: Partial<Entry>) => {
    fake.seq += 1;
    const { entry } = fake.view;
    const cells = { ...entry.cells, identity: cell("OKAFOR, Adaeze Ngozi", { seq: fake.seq }) };
    fake.view = { ...fake.view, seq: fake.seq, entry: { ...entry, ...more, cells } };
  };
  /** Says that who the entry is has changed. */
  const said = (fake: Fake) =>
    fake.say({ seq: fake.seq, kind: "entry", entry: "e1", whole: fake.view.entry });

  /** A page on which the record of a stranger was read, and is not any more. */
  async function withStranger() {
    const fake = new Fake();
    since(fake, {});
    await show(<PatientPage />, fake, at);
    await within(await region(/Problems/)).findByText(problem);
    since(fake, { state: "mismatch", other: { family: "Diaz", given: "Bruno", born: "1990-01-01" } });
    said(fake);
    await screen.findByRole("button", { name: /It is the same person/ });
    expect(screen.queryByText(problem)).toBeNull();
    fake.hangs = (path) => path.includes("/sections/");
    return fake;
  }

  /** Nothing of the stranger's is under the right name: their record is asked for, and shown when it is there. */
  async function isReadAnew(fake: Fake, asked: number) {
    const problems = await region(/Problems/);
    expect(problems).not.toHaveTextContent(problem);
    expect(screen.queryByText(/Penicillin V/)).toBeNull();
    expect(await region("Patient")).toHaveTextContent("Allergies unavailable");
    expect(fake.of("GET", "/sections/problems")).toHaveLength(asked);
  }

  it("by someone else, shows nothing of the former one", async () => {
    const fake = await withStranger();
    since(fake, { state: "ok", other: undefined, subject: { connection: "ehr", patient: "right" } });
    said(fake);
    await isReadAnew(fake, 2);
  });

  it("by one's own decision, shows nothing of the former one, however slow the record system is", async () => {
    const fake = await withStranger();
    fake.found = [{ subject: { connection: "ehr", patient: "right" }, identity: fake.view.entry.identity }];
    await userEvent.click(await screen.findByRole("button", { name: "Look for this patient" }));
    await userEvent.click(await screen.findByRole("button", { name: /^Link to/ }));
    await screen.findByRole("button", { name: "Undo" });
    await isReadAnew(fake, 2);
  });

  /** A page that has not heard that its entry is linked to another record, and asks for a section once more. */
  async function unheard(fake: Fake) {
    since(fake, {});
    fake.broken.problems = 1;
    await show(<PatientPage />, fake, at);
    const retry = await within(await region(/Problems/)).findByRole("button", { name: "Try again" });
    since(fake, {
      identity: { family: "Diaz", given: "Bruno" },
      subject: { connection: "ehr", patient: "p9" },
    });
    return () => userEvent.click(retry);
  }

  it("unheard, shows nothing of the new one under the former name", async () => {
    const fake = new Fake();
    const ask = await unheard(fake);
    fake.hangs = (path) => path.endsWith("/entries/e1");
    await ask();
    await waitFor(() => expect(fake.of("GET", "/entries/e1")).toHaveLength(2));
    await heading(/OKAFOR/);
    expect(await region(/Problems/)).not.toHaveTextContent(problem);
    expect(fake.of("GET", "/sections/problems")).toHaveLength(2);
  });

  it("unheard, shows the new one when their name is there", async () => {
    const fake = new Fake();
    const ask = await unheard(fake);
    await ask();
    await heading(/DIAZ/);
    await within(await region(/Problems/)).findByText(problem);
  });

  it("keeps the first page of a section while all of the same record is on its way", async () => {
    const fake = new Fake();
    await show(<PatientPage />, fake, at);
    const medicines = await region(/Medicines/);
    await within(medicines).findByText("Paracetamol 1 g tablet");
    fake.hangs = (path) => path.includes("/sections/");
    await userEvent.click(await within(medicines).findByRole("button", { name: "Show all" }));
    await waitFor(() => expect(within(medicines).getByRole("button", { name: "Show all" })).toBeDisabled());
    expect(medicines).toHaveTextContent("Paracetamol 1 g tablet");
  });
});
