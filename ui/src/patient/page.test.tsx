import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { Section, Todo } from "../api/gen";
import PatientPage from "./index";
import { textOf } from "./own/useField";
import { Fake } from "./testing/fake";
import { show } from "./testing/render";
import { ago, cell, entry, kinds, note, patientView, section } from "./testing/sample";

const at = { path: "/s/space/l/ward/p/e1", route: "/s/:space/l/:list/p/:entry" };

async function open(fake: Fake, more: { role?: "viewer" | "owner" } = {}) {
  const shown = await show(<PatientPage />, fake, { ...at, ...more });
  await screen.findByRole("heading", { level: 1 });
  return shown;
}

const region = (name: string | RegExp) => screen.findByRole("region", { name });

beforeEach(() => sessionStorage.clear());

describe("patient page", () => {
  it("PAL-1040, 1050: is a page of its own, with a way back and no list", async () => {
    await open(new Fake());
    expect(screen.getByRole("link", { name: /Back to Ward A/ })).toHaveAttribute("href", "/s/space/l/ward");
    expect(screen.queryByText(/HADDAD/)).toBeNull();
  });

  it("says of what it reads again that it is the same viewing, and of another visit that it is not", async () => {
    const fake = new Fake();
    const read = () => fake.of("GET", "/entries/e1").map((a) => a.query.get("again") === "true");
    const { unmount } = await open(fake);
    expect(read()).toEqual([false]);
    await userEvent.click(await screen.findByRole("checkbox", { name: /Chase potassium/ }));
    await waitFor(() => expect(read()).toEqual([false, true]));
    unmount();
    await open(fake);
    expect(read()).toEqual([false, true, false]);
  });

  it("reads every section on its own", async () => {
    const fake = new Fake();
    await open(fake);
    await region(/Vital signs/);
    await waitFor(() => {
      for (const kind of kinds) expect(fake.of("GET", `/sections/${kind}`)).toHaveLength(1);
    });
  });

  it("says of each section how it went, and retries only the one that failed", async () => {
    const fake = new Fake();
    fake.broken.problems = 1;
    fake.sections = {
      medications: { status: "unsupported", items: [], total: 0, complete: true },
      encounters: { status: "failed", items: [], total: 0, complete: false, reason: "ehr-down" },
    };
    await open(fake);
    const problems = await region(/Problems/);
    await within(problems).findByText(/Could not be loaded/);
    expect(await region(/Medicines/)).toHaveTextContent("This record system does not offer it");
    const encounters = await region(/Encounters/);
    expect(encounters).toHaveTextContent("The record system does not answer");
    expect(within(encounters).queryByRole("button", { name: "Show all" })).toBeNull();
    expect(await region(/Coverage/)).toHaveTextContent("None recorded");
    await userEvent.click(await within(problems).findByRole("button", { name: "Try again" }));
    await within(problems).findByText("Osteoarthritis of right hip");
    expect(fake.of("GET", "/sections/problems")).toHaveLength(2);
    expect(fake.of("GET", "/sections/vitals")).toHaveLength(1);
  });

  it("shows what the list last saw of a section that cannot be read, with its age", async () => {
    const fake = new Fake();
    fake.view.columns = [
      ...fake.view.columns,
      { key: "temp", group: "vitals", ehr: true, kind: "vitals" },
      { key: "allergies", group: "safety", ehr: true, kind: "allergies" },
      { key: "medications", group: "treatment", ehr: true, kind: "medications" },
    ];
    fake.view.entry.cells = {
      ...fake.view.entry.cells,
      hr: cell("", {
        status: "failed",
        items: [{ id: "1", text: "84", value: 84, unit: "/min", time: ago(200), current: true }],
      }),
      temp: cell("", { status: "failed", asOf: undefined }),
      allergies: cell("", { note: "nka" }),
      medications: cell("Metformin"),
    };
    const failed: Partial<Section> = {
      status: "failed",
      items: [],
      series: [],
      total: 0,
      complete: false,
      reason: "ehr-down",
    };
    fake.sections = { vitals: failed, allergies: failed };
    await open(fake);
    const vitals = await region(/Vital signs/);
    await within(vitals).findByText("Last seen by the list");
    expect(vitals).toHaveTextContent(/Heart rate84 \/min \(23-Nov-2026 11:12\)as of 23-Nov-2026 13:02/);
    expect(vitals).not.toHaveTextContent("Temperature");
    expect(await region(/allergies/i)).toHaveTextContent(/Last seen by the list.*as of 23-Nov-2026/);
    // What is read is not told twice.
    expect(await region(/Medicines/)).not.toHaveTextContent("Metformin");
  });

  it("a stopped medicine is not current, and what is not all here says so", async () => {
    const fake = new Fake();
    await open(fake);
    const medicines = await region(/Medicines/);
    await within(medicines).findByText("Paracetamol 1 g tablet");
    expect(medicines).toHaveTextContent("2 of 23");
    const past = within(medicines).getByText("Past (1)").closest("details");
    expect(past).toHaveTextContent("Ibuprofen 400 mg tablet");
    expect(past).not.toHaveAttribute("open");
    await userEvent.click(await within(medicines).findByRole("button", { name: "Show all" }));
    await waitFor(() => expect(within(medicines).queryByRole("button", { name: "Show all" })).toBeNull());
  });

  it("names a discharge where no stay goes on", async () => {
    const fake = new Fake();
    const [, visit] = section("encounters").items ?? [];
    fake.sections.encounters = { items: visit ? [visit] : [], total: 1 };
    await open(fake);
    const stays = await region(/Encounters/);
    await within(stays).findByText("Not in hospital now.");
    expect(stays).toHaveTextContent("Discharged 02-Sep-2026");
  });

  it("PAL-0880: marks what changed since this person looked, with what was there before", async () => {
    await open(new Fake());
    expect(await screen.findByText("3 changes since you last looked")).toBeVisible();
    const problem = (await screen.findByText("Hypokalaemia")).closest("li");
    expect(problem).toHaveTextContent("New");
    const summary = screen.getByRole("heading", { name: "One-liner" }).parentElement;
    expect(summary).toHaveTextContent("was: Day 2");
  });

  it("PAL-0880: shows changes that stand at no value of the page, too", async () => {
    const fake = new Fake();
    const [mark] = fake.view.marks;
    if (!mark) throw new Error("the sample has no mark");
    fake.view.marks = [
      { ...mark, column: "identity", old: "OKAFOR, Adaeze", new: "OKAFOR-BELLO, Adaeze" },
      { ...mark, column: "severity", old: "stable", new: "watcher" },
    ];
    await open(fake);
    expect(await screen.findByText("OKAFOR-BELLO, Adaeze")).toBeVisible();
    expect(screen.getByText(/was: OKAFOR, Adaeze/)).toBeVisible();
    expect(screen.getByText(/was: Stable/)).toBeVisible();
  });

  it("PAL-0890: says on leaving what was on the screen", async () => {
    const fake = new Fake();
    const { unmount } = await open(fake);
    unmount();
    await waitFor(() => expect(fake.of("POST", "/lists/ward/seen")).toHaveLength(1));
    expect(fake.of("POST", "/lists/ward/seen")[0]?.body).toEqual({ entry: "e1", upTo: 40 });
  });

  it("PAL-0890: says so of the patient who is left for the next one, too", async () => {
    const fake = new Fake();
    sessionStorage.setItem("wb.order.ward", '["e1","e2"]');
    await open(fake);
    await userEvent.click(await screen.findByRole("link", { name: /Next patient/ }));
    await screen.findByRole("heading", { level: 1, name: "陳怡君" });
    await waitFor(() => expect(fake.of("POST", "/lists/ward/seen")).toHaveLength(1));
    expect(fake.of("POST", "/lists/ward/seen")[0]?.body).toEqual({ entry: "e1", upTo: 40 });
  });

  it("goes to the next patient in the order and with the filter of the list", async () => {
    sessionStorage.setItem("wb.order.ward", '["e3","e1","e2"]');
    await open(new Fake());
    expect(screen.getByRole("link", { name: /Previous patient/ })).toHaveAttribute(
      "href",
      "/s/space/l/ward/p/e3",
    );
    expect(screen.getByRole("link", { name: /Next patient/ })).toHaveAttribute(
      "href",
      "/s/space/l/ward/p/e2",
    );
    expect(screen.getByText("2 of 3")).toBeVisible();
  });

  it("says that the patient was taken off the list, and keeps what is being typed", async () => {
    const fake = new Fake();
    const { client } = await open(fake);
    const note = await screen.findByLabelText("New note");
    await userEvent.type(note, "Better");
    fake.gone = true;
    await act(() => client.invalidateQueries({ queryKey: ["patient"] }));
    expect(await screen.findByRole("alert")).toHaveTextContent("no longer on Ward A");
    expect(note).toHaveValue("Better");
    fake.gone = false;
    await act(() => client.invalidateQueries({ queryKey: ["patient"] }));
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
  });

  it("a viewer reads and changes nothing", async () => {
    const fake = new Fake();
    const decided = { seq: 9, at: "2026-11-22T09:00:00Z", by: "doctor", column: "identity", kind: "state" };
    fake.view = patientView({ role: "viewer", activity: [{ ...decided, undo: true }] });
    await open(fake, { role: "viewer" });
    expect(screen.queryByRole("button", { name: /Undo/ })).toBeNull();
    expect(screen.queryByRole("button", { name: /Edit/ })).toBeNull();
    expect(screen.queryByRole("textbox")).toBeNull();
    for (const box of screen.getAllByRole("checkbox", { hidden: true })) {
      if (box.closest("[class*=todo]")) expect(box).toBeDisabled();
    }
  });

  it("nothing is asked of a record system for a patient typed by hand", async () => {
    const fake = new Fake();
    fake.view = patientView({ entry: entry("e1", { subject: {} }), kinds: [] });
    await open(fake);
    expect(screen.getByText(/typed by hand/)).toBeVisible();
    expect(screen.getByText("Allergies not recorded")).toBeVisible();
    expect(fake.asked.filter((a) => a.path.includes("/sections/"))).toEqual([]);
    expect(screen.getByRole("button", { name: "Edit particulars" })).toBeVisible();
  });
});

describe("particulars of a patient typed by hand", () => {
  const byHand = () => {
    const fake = new Fake();
    const cells = { identity: cell("OKAFOR, Adaeze Ngozi", { seq: 7 }) };
    fake.view = patientView({ entry: entry("e1", { subject: {}, cells }), kinds: [] });
    return fake;
  };

  it("are changed in a form, which says what is wrong", async () => {
    const fake = byHand();
    await open(fake);
    await userEvent.click(await screen.findByRole("button", { name: "Edit particulars" }));
    const dialog = await screen.findByRole("dialog");
    const born = await within(dialog).findByRole("textbox", { name: "Born" });
    await userEvent.clear(born);
    await userEvent.type(born, "1958-02-30");
    await userEvent.click(await within(dialog).findByRole("button", { name: "Save" }));
    await within(dialog).findByText(/Write a past date/);
    expect(fake.of("PUT", "/fields/identity")).toEqual([]);
    await userEvent.clear(born);
    await userEvent.type(born, "1958-02-28");
    await userEvent.click(await within(dialog).findByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(fake.of("PUT", "/fields/identity")[0]?.body).toMatchObject({
        base: 7,
        value: { family: "Okafor", born: "1958-02-28", mrn: "SAMPLE-1047" },
      }),
    );
  });
});

describe("our own cells", () => {
  it("are saved over what the writer saw", async () => {
    const fake = new Fake();
    await open(fake);
    await userEvent.click(await screen.findByRole("button", { name: "Edit One-liner" }));
    const box = screen.getByRole("textbox", { name: "One-liner" });
    await userEvent.clear(box);
    await userEvent.type(box, "Day 4, home tomorrow");
    await userEvent.click(
      await within(box.closest("div[class*=editor]") as HTMLElement).findByRole("button", { name: "Save" }),
    );
    await screen.findByText("Day 4, home tomorrow");
    expect(fake.of("PUT", "/fields/summary")[0]?.body).toEqual({ base: 5, value: "Day 4, home tomorrow" });
  });

  it("show both texts when someone else was faster, and lose neither", async () => {
    const fake = new Fake();
    await open(fake);
    await userEvent.click(await screen.findByRole("button", { name: "Edit One-liner" }));
    const box = screen.getByRole("textbox", { name: "One-liner" });
    await userEvent.clear(box);
    await userEvent.type(box, "Mine");
    fake.view.entry.cells.summary = cell("Theirs", { seq: 60, by: "doctor" });
    await userEvent.click(
      await within(box.closest("div[class*=editor]") as HTMLElement).findByRole("button", { name: "Save" }),
    );
    const dialog = await screen.findByRole("dialog");
    expect(await within(dialog).findByText("Mine")).toBeVisible();
    expect(await within(dialog).findByText("Theirs")).toBeVisible();
    expect(dialog).toHaveTextContent("Ward doctor");
    await userEvent.click(await within(dialog).findByRole("button", { name: "Keep mine" }));
    await screen.findByText("Mine");
    expect(fake.of("PUT", "/fields/summary").at(-1)?.body).toEqual({ base: 60, value: "Mine" });
  });

  it("are not emptied by what is no whole number, and it says so", async () => {
    const fake = new Fake();
    const weight = { key: "custom:weight", group: "custom", label: "Dry weight", type: "number" };
    fake.view.columns = [...fake.view.columns, weight];
    fake.view.entry.cells[weight.key] = cell("71", { seq: 7 });
    await open(fake);
    const box = screen.getByRole("spinbutton", { name: "Dry weight" });
    await userEvent.clear(box);
    // What a browser says of "1e", which has no value.
    Object.defineProperty(box, "validity", { value: { badInput: true } });
    await userEvent.tab();
    expect(await screen.findByRole("alert")).toHaveTextContent("Not saved");
    expect(fake.of("PUT", "/fields/custom:weight")).toHaveLength(0);
  });

  it("a severity is one press, and is said in a word", async () => {
    const fake = new Fake();
    await open(fake);
    await userEvent.click(await screen.findByRole("button", { name: /Unstable/ }));
    await waitFor(() =>
      expect(fake.of("PUT", "/fields/severity")[0]?.body).toEqual({ base: 5, value: "unstable" }),
    );
    await waitFor(() =>
      expect(screen.getByRole("button", { name: /Unstable/, pressed: true })).toBeVisible(),
    );
  });

  it("a second press right after the first is no conflict with oneself", async () => {
    const fake = new Fake();
    await open(fake);
    const press = (name: RegExp) => fireEvent.click(screen.getByRole("button", { name }));
    await screen.findByRole("button", { name: /Unstable/ });
    act(() => {
      press(/Unstable/);
      press(/Stable/);
    });
    await waitFor(() => expect(fake.of("PUT", "/fields/severity")).toHaveLength(2));
    await waitFor(() => expect(screen.getByRole("button", { name: /^Stable/, pressed: true })).toBeVisible());
    const [first, second] = fake.of("PUT", "/fields/severity").map((a) => a.body);
    expect(first).toEqual({ base: 5, value: "unstable" });
    expect(second).toEqual({ base: 51, value: "stable" });
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(textOf(fake.view.entry.cells.severity)).toBe("stable");
  });

  it("Enter that ends the composing of a sign adds no to-do", async () => {
    const fake = new Fake();
    await open(fake);
    const box = screen.getByRole("textbox", { name: "New to-do" });
    await userEvent.type(box, "抽血");
    const composing = new KeyboardEvent("keydown", {
      key: "Enter",
      bubbles: true,
      cancelable: true,
      isComposing: true,
    });
    act(() => void box.dispatchEvent(composing));
    expect(composing.defaultPrevented).toBe(true);
    await userEvent.type(box, "{Enter}");
    await screen.findByText("抽血");
    expect(fake.of("POST", "/todos")).toHaveLength(1);
  });
});

describe("editing a to-do", () => {
  const edit = async () => {
    await userEvent.click(await screen.findByRole("button", { name: "Edit Chase potassium" }));
    const box = screen.getByRole("textbox", { name: "To-dos" });
    await userEvent.clear(box);
    await userEvent.type(box, "Chase sodium");
    return within(box.closest("form") as HTMLElement).getByRole("button", { name: "Save" });
  };

  it("shows both where someone else changed it while it was edited", async () => {
    const fake = new Fake();
    const { client } = await open(fake);
    const save = await edit();
    const change = (x: Todo) => ({ ...x, text: "Potassium at 18:00", version: x.version + 1 });
    fake.view = { ...fake.view, todos: fake.view.todos.map((x) => (x.id === "t1" ? change(x) : x)) };
    await act(() => client.invalidateQueries());
    await userEvent.click(save);
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("Chase sodium");
    expect(dialog).toHaveTextContent("Potassium at 18:00");
    await userEvent.click(await within(dialog).findByRole("button", { name: "Keep mine" }));
    await waitFor(() => expect(screen.queryByRole("textbox", { name: "To-dos" })).toBeNull());
    expect(fake.view.todos.map((x) => x.text)).toContain("Chase sodium");
  });

  it("gives the focus back to where it came from", async () => {
    await open(new Fake());
    await edit();
    await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.getByRole("button", { name: "Edit Chase potassium" })).toHaveFocus());
  });

  it("keeps what was typed as a draft, and brings it back, as it does for a new one", async () => {
    const fake = new Fake();
    const { unmount } = await open(fake);
    await edit();
    await userEvent.type(screen.getByRole("textbox", { name: "New to-do" }), "Weigh");
    await waitFor(() =>
      expect(fake.drafts.map((d) => [d.key, d.text])).toEqual([
        ["field:e1:todo-t1", "Chase sodium"],
        ["field:e1:todo", "Weigh"],
      ]),
    );
    unmount();
    await open(fake);
    expect(await screen.findByDisplayValue("Chase sodium")).toBeVisible();
    expect(await screen.findByDisplayValue("Weigh")).toBeVisible();
  });
});

describe("deleting a to-do that someone has changed", () => {
  /** Deletes what the page shows, while the server has another text; gives the dialog about it. */
  async function removeOvertaken(fake: Fake): Promise<HTMLElement> {
    await open(fake);
    const change = (x: Todo) => ({ ...x, text: "Chase potassium at 18:00", version: x.version + 1 });
    fake.view = { ...fake.view, todos: fake.view.todos.map((x) => (x.id === "t1" ? change(x) : x)) };
    await userEvent.click(await screen.findByRole("button", { name: "Delete to-do: Chase potassium" }));
    return screen.findByRole("dialog", { name: /before you deleted it/ });
  }

  it("shows what it says now, and keeps it", async () => {
    const fake = new Fake();
    const dialog = await removeOvertaken(fake);
    expect(dialog).toHaveTextContent("Chase potassium at 18:00");
    await userEvent.click(await within(dialog).findByRole("button", { name: "Keep what is there" }));
    expect(fake.view.todos.map((x) => x.text)).toContain("Chase potassium at 18:00");
    expect(fake.of("DELETE", "")).toHaveLength(1);
  });

  it("deletes it when told so again", async () => {
    const fake = new Fake();
    const dialog = await removeOvertaken(fake);
    await userEvent.click(await within(dialog).findByRole("button", { name: "Delete it all the same" }));
    await waitFor(() => expect(fake.view.todos.map((x) => x.text)).not.toContain("Chase potassium at 18:00"));
  });
});

describe("an entry that may be someone else", () => {
  it("hides our notes until a person confirms, with both identities side by side", async () => {
    const fake = new Fake();
    const identity = {
      family: "Okafor",
      given: "Adaeze Ngozi",
      born: "1958-03-04",
      gender: "female",
      mrn: "SAMPLE-1047",
    };
    const other = { ...identity, family: "Diaz", given: "Bruno", born: "1990-01-01", gender: "male" };
    fake.view = patientView({ entry: entry("e1", { state: "mismatch", identity, other, cells: {} }) });
    await open(fake);
    expect(screen.queryByText(/adhesive tape/)).toBeNull();
    expect(screen.queryByText(/Chase potassium/)).toBeNull();
    expect(screen.queryByText(/Day 3/)).toBeNull();
    // Nor is the record of the other person read under this one's name.
    expect(fake.asked.filter((a) => a.path.includes("/sections/"))).toEqual([]);
    expect(screen.getByText("Allergies unavailable")).toBeVisible();
    const table = screen.getByRole("table");
    expect(within(table).getByRole("row", { name: /Family name/ })).toHaveTextContent("OkaforDiaz");
    expect(within(table).getByRole("row", { name: /Family name/ })).toHaveTextContent("differs");
    expect(within(table).getByRole("row", { name: /MRN/ })).not.toHaveTextContent("differs");
    await userEvent.click(await screen.findByRole("button", { name: /It is the same person/ }));
    await screen.findByText(/adhesive tape/);
    await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
    await waitFor(() => expect(screen.queryByText(/adhesive tape/)).toBeNull());
    expect(fake.of("POST", "/identity").map((a) => a.body.action)).toEqual(["confirm", "undo"]);
  });

  it("shows who has come meanwhile, and asks again, before anything is confirmed", async () => {
    const fake = new Fake();
    const identity = { family: "Okafor", given: "Adaeze", born: "1958-03-04", mrn: "SAMPLE-1047" };
    const stranger = (family: string, seq: number) =>
      entry("e1", {
        state: "mismatch",
        identity,
        other: { ...identity, family, born: "1990-01-01" },
        cells: { identity: cell("OKAFOR", { seq }) },
      });
    fake.view = patientView({ entry: stranger("Diaz", 7) });
    await open(fake);
    fake.view = patientView({ entry: stranger("Novak", 8) });
    await userEvent.click(await screen.findByRole("button", { name: /It is the same person/ }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Compare again");
    expect(screen.getByRole("row", { name: /Family name/ })).toHaveTextContent("OkaforNovak");
    expect(screen.queryByText(/adhesive tape/)).toBeNull();
    await userEvent.click(await screen.findByRole("button", { name: /It is the same person/ }));
    await screen.findByText(/adhesive tape/);
    expect(fake.of("POST", "/identity").map((a) => a.body.base)).toEqual([7, 8]);
  });

  it("lets a decision be taken back where it is told, not only while its message is there", async () => {
    const fake = new Fake();
    const linked = entry("e1", { cells: { identity: cell("OKAFOR", { seq: 9 }) } });
    const told = { at: "2026-11-22T09:00:00Z", by: "doctor", column: "identity", kind: "state" };
    const activity = [
      { ...told, seq: 9, old: "merged", new: "ok", undo: true },
      { ...told, seq: 6, old: "mismatch", new: "ok" },
    ];
    fake.view = patientView({ entry: linked, activity });
    await open(fake);
    const undo = () => screen.queryByRole("button", { name: "Undo: who this patient is" });
    expect(undo()?.closest("li")).toHaveTextContent("Ward doctor");
    await userEvent.click(undo() as HTMLElement);
    await screen.findByRole("button", { name: /It is the same person/ });
    expect(fake.of("POST", "/identity").map((a) => a.body)).toEqual([{ action: "undo", base: 9 }]);
    await waitFor(() => expect(undo()).toBeNull());
  });

  it("writes dates of activity and marks as everywhere, also of columns that its reader has not chosen", async () => {
    const fake = new Fake();
    const told = { at: "2026-11-22T09:00:00Z", by: "doctor", kind: "changed" };
    fake.view = patientView({
      others: [{ key: "custom:x", group: "custom", label: "Stitches out", type: "date" }],
      activity: [
        { ...told, seq: 9, column: "custom:x", old: "2026-12-01", new: "2026-12-03" },
        { ...told, seq: 8, column: "todo", new: "Blood count · 2026-11-24" },
      ],
      marks: [
        { ...told, seq: 7, entry: "e1", item: "t1", column: "todo", old: "Chase potassium · 2026-11-21" },
      ],
    });
    await open(fake);
    const row = (text: RegExp) => screen.getByText(text).closest("li");
    expect(row(/Stitches out/)).toHaveTextContent("01-Dec-2026 → 03-Dec-2026");
    expect(row(/Blood count/)).toHaveTextContent("Blood count · 24-Nov-2026");
    expect(row(/^Chase potassium$/)).toHaveTextContent("was: Chase potassium · 21-Nov-2026");
  });

  it("shows both identities of a merged record, and relinks when told to", async () => {
    const fake = new Fake();
    const other = {
      family: "Okafor",
      given: "Ada",
      born: "1958-03-04",
      gender: "female",
      mrn: "SAMPLE-2000",
    };
    fake.view = patientView({ entry: entry("e1", { state: "merged", other }) });
    await open(fake);
    expect(screen.getByRole("row", { name: /MRN/ })).toHaveTextContent("SAMPLE-1047SAMPLE-2000");
    // The old record is not read: what was moved out of it would look like none recorded.
    expect(fake.asked.filter((a) => a.path.includes("/sections/"))).toEqual([]);
    expect(screen.getByText("Allergies unavailable")).toBeVisible();
    expect(screen.getByText(/adhesive tape/)).toBeVisible();
    await userEvent.click(await screen.findByRole("button", { name: "Link to the record that goes on" }));
    await waitFor(() => expect(fake.of("POST", "/identity")[0]?.body.action).toBe("relink"));
  });
});

describe("a patient whose connection was replaced", () => {
  it("is not said to be typed by hand, and may be linked to whom a search finds", async () => {
    const fake = new Fake();
    const identity = { family: "כץ", given: "נועה", born: "1988-09-29", mrn: "SAMPLE-7" };
    fake.found = [{ subject: { connection: "new", patient: "n7" }, identity }];
    fake.view = patientView({ entry: entry("e1", { state: "unlinked", identity }), kinds: [] });
    await open(fake);
    expect(screen.queryByText(/typed by hand/)).toBeNull();
    expect(screen.getByText(/not linked to a record system that is connected/)).toBeVisible();
    await userEvent.click(await screen.findByRole("button", { name: "Look for this patient" }));
    // In a line of Hebrew a date would be read from the wrong end.
    const choose = await screen.findByRole("button", { name: /^Link to/ });
    const found = choose.closest("li") as HTMLElement;
    expect(found).toHaveTextContent("29-Sep-1988");
    expect(found.querySelector("bdi")).not.toHaveTextContent("29-Sep-1988");
    expect(found.querySelector('[dir="auto"]')).toBeNull();
    await userEvent.click(choose);
    await waitFor(() =>
      expect(fake.of("POST", "/identity")[0]?.body).toMatchObject({
        subject: fake.found[0]?.subject,
        seen: identity,
      }),
    );
  });
});

describe("notes", () => {
  it("show HTML as it was typed, emoji and Arabic as they are", async () => {
    const fake = new Fake();
    const html = '<img src=x onerror="alert(1)"><b>bold</b> 🩺 ملاحظة';
    fake.view = patientView({ notes: [note("n1", html)] });
    await open(fake);
    expect(screen.getByText(html)).toHaveAttribute("dir", "auto");
    expect(document.querySelector("b b, img")).toBeNull();
  });

  it("keep what was typed when it could not be saved", async () => {
    const fake = new Fake();
    await open(fake);
    const box = screen.getByRole("textbox", { name: "New note" });
    await userEvent.type(box, "Wound dry");
    await waitFor(() => expect(fake.drafts).toMatchObject([{ key: "note:e1", text: "Wound dry" }]));
    await userEvent.click(await screen.findByRole("button", { name: "Save note" }));
    await screen.findByRole("article", { name: /Ward nurse, 23-Nov-2026 14:32/ });
    await waitFor(() => expect(fake.drafts).toEqual([]));
    expect(box).toHaveValue("");
  });

  it("come back from the server as a draft", async () => {
    const fake = new Fake();
    fake.drafts = [{ key: "note:e1", text: "Half a sentence", at: "2026-11-23T14:00:00Z" }];
    await open(fake);
    await waitFor(() =>
      expect(screen.getByRole("textbox", { name: "New note" })).toHaveValue("Half a sentence"),
    );
    expect(screen.getByText(/your draft from before/)).toBeVisible();
  });

  it("take the focus when they are edited, and give it back", async () => {
    const fake = new Fake();
    fake.view = patientView({ notes: [note("n1", "Slept well")] });
    await open(fake);
    const article = screen.getByRole("article");
    await userEvent.click(await within(article).findByRole("button", { name: /Edit|Amend/ }));
    expect(within(article).getByRole("textbox")).toHaveFocus();
    await userEvent.click(within(article).getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(within(article).getByRole("button", { name: /Edit|Amend/ })).toHaveFocus());
  });

  it("leave a trace when deleted, after a question", async () => {
    const fake = new Fake();
    fake.view = patientView({ notes: [note("n1", "Wrong patient")] });
    await open(fake);
    const article = screen.getByRole("article");
    await userEvent.click(await within(article).findByRole("button", { name: "Delete" }));
    const dialog = await screen.findByRole("alertdialog");
    await userEvent.click(await within(dialog).findByRole("button", { name: "Delete" }));
    await screen.findByText(/Note by Ward nurse, .*: deleted/);
    expect(screen.queryByText("Wrong patient")).toBeNull();
  });

  it("show what an amended note said before", async () => {
    const fake = new Fake();
    const history = [{ text: "Wound wet", by: "nurse", at: "2026-11-23T10:00:00Z" }];
    fake.view = patientView({
      notes: [note("n1", "Wound dry", { history, edited: "2026-11-23T14:00:00Z" })],
    });
    await open(fake);
    const article = screen.getByRole("article");
    expect(article).toHaveTextContent("Amended 23-Nov-2026 14:00");
    expect(within(article).getByText("1 earlier text").closest("details")).toHaveTextContent("Wound wet");
  });
});

describe("copy as text", () => {
  it("shows the text, has the copy recorded, then copies", async () => {
    const fake = new Fake();
    const user = userEvent.setup();
    await open(fake);
    await screen.findByText("Paracetamol 1 g tablet");
    await user.click(await screen.findByRole("button", { name: "Copy as text" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(await within(dialog).findByRole("radio", { name: "SBAR" }));
    await user.click(await within(dialog).findByRole("button", { name: "Copy" }));
    await waitFor(() => expect(fake.of("POST", "/copies")[0]?.body).toEqual({ format: "sbar" }));
    await waitFor(async () => expect(await navigator.clipboard.readText()).toContain("S – Situation"));
  });
});
