import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactNode, useMemo } from "react";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Column, Entry, ListView, Role } from "../api/gen";
import { useToday } from "../common/clock";
import { Place, useFormat } from "../common/place";
import { loadT, type T, WithTexts } from "../i18n";
import { arrange } from "./arrange";
import { type Actions, Rows } from "./context";
import { indexMarks } from "./model";
import { warningsByEntry } from "./names";
import { ListTable } from "./Table";
import { sampleCell, sampleColumns, sampleEntry, sampleMark, sampleView } from "./testing/sample";

let t: T;
beforeAll(async () => {
  t = await loadT("en");
});

function fakeActions(): Actions {
  const yes = () => Promise.resolve(true);
  return {
    open: vi.fn(),
    edit: vi.fn(),
    select: vi.fn(),
    menu: vi.fn(),
    mark: vi.fn(),
    saveField: vi.fn(yes),
    addTodo: vi.fn(yes),
    changeTodo: vi.fn(yes),
    deleteTodo: vi.fn(async () => {}),
    addNote: vi.fn(yes),
    showNew: vi.fn(),
  };
}

const space = {
  space: {
    id: "space",
    name: "Ward",
    ehr: true,
    manual: true,
    created: "",
    version: 1,
    settings: { zone: "UTC", refreshEvery: 120, retentionDays: 30, idleMinutes: 15 },
  },
  role: "member",
  channels: [],
  connections: [],
  columns: sampleColumns,
  schemas: [],
  owners: [],
  requests: [],
  people: { ann: "Charge nurse", ben: "Resident" },
} as const;

function show(data: ListView, more: { role?: Role; editing?: { entry: string; column: string } } = {}) {
  const actions = fakeActions();
  const { role = "member", editing = null } = more;
  const place = {
    actions,
    role,
    me: "ann",
    people: data.people,
    refreshed: data.refresh.last,
    trouble: data.refresh.reason,
    units: {},
  };
  function Wrap({ children }: { children: ReactNode }) {
    const today = useToday(useFormat());
    return <Rows value={useMemo(() => ({ ...place, today }), [today])}>{children}</Rows>;
  }
  const tree = (data: ListView) => (
    <WithTexts t={t}>
      <Place value={space as never}>
        <Wrap>
          <ListTable
            frame={{ current: null }}
            data={data}
            lines={arrange(data, indexMarks(data.marks), data.view, "en").lines}
            columns={data.columns}
            marks={indexMarks(data.marks)}
            warnings={warningsByEntry(data.names)}
            selected={new Set()}
            editing={editing}
            sort={data.view.sort}
            onSort={vi.fn()}
            onSelectAll={vi.fn()}
            onNew={vi.fn()}
          />
        </Wrap>
      </Place>
    </WithTexts>
  );
  const { rerender } = render(tree(data));
  // Someone else writes.
  const written = (data: ListView) => rerender(tree(data));
  return { ...actions, written };
}

const full: Entry["cells"] = {
  severity: sampleCell("watcher", { seq: 4 }),
  summary: sampleCell("Pneumonia, day 3", { seq: 5 }),
  hr: sampleCell("", {
    items: [
      {
        id: "o",
        text: "88",
        value: 88,
        unit: "/min",
        time: "2026-11-28T07:00:00Z",
        trend: "up",
        current: true,
      },
    ],
    asOf: "2026-11-28T08:30:00Z",
  }),
  problems: sampleCell("", {
    items: [
      { id: "p1", text: "Asthma", current: true },
      { id: "p2", text: "Gout", current: true },
    ],
    asOf: "2026-11-28T08:30:00Z",
  }),
  todo: sampleCell("", { items: [{ id: "t1", text: "Bloods", current: true, version: 1 }] }),
};

describe("a row", () => {
  it.each([{}, { family: "UNKNOWN", given: "Unknown" }, { text: "unknown" }])(
    "tells patients whose name nobody knows apart by gender and number (PAL-0460…0510): %o",
    (name) => {
      show(sampleView([sampleEntry("a", { identity: { ...name, gender: "male", mrn: "TEMP-1" } })]));
      const [, patient] = screen.getAllByRole("rowheader");
      expect(patient).toHaveTextContent(/unknown.*MRN TEMP-1.*Gender Male/i);
    },
  );

  it("writes the date beside what was measured today as soon as that is yesterday, though nothing else changes", () => {
    vi.useFakeTimers({ now: Date.parse("2026-11-28T23:59:50Z") });
    try {
      show(sampleView([sampleEntry("a", { cells: full })]));
      expect(screen.getByText("07:00")).toBeInTheDocument();
      act(() => vi.advanceTimersByTime(60_000));
      expect(screen.getByText("28-Nov-2026 07:00")).toBeInTheDocument();
    } finally {
      vi.useRealTimers();
    }
  });

  it("names its patient in two row heads: bed, then name, born and number on their lines (PAL-0450)", () => {
    show(sampleView([sampleEntry("a", { bed: "3", cells: full })]));
    const [bed, patient] = screen.getAllByRole("rowheader");
    expect(bed).toHaveTextContent(/^3/);
    const lines = [...(patient?.querySelectorAll("div") ?? [])]
      .filter((d) => d.querySelector("div") === null)
      .map((d) => d.textContent);
    expect(lines.filter((text) => /^(FAMILYA|Born|MRN)/.test(text ?? ""))).toEqual([
      "FAMILYA, Given",
      expect.stringMatching(/^Born 04-Mar-1951 \(\d+ years\)$/),
      "MRN MRN-a",
    ]);
  });

  it("says every entry of a sub-list in full, a severity in a word, a trend in a word", () => {
    show(sampleView([sampleEntry("a", { cells: full })]));
    for (const text of ["Asthma", "Gout", "Watcher", "rising", "Pneumonia, day 3"]) {
      expect(screen.getByText(text)).toBeInTheDocument();
    }
  });

  it.each<[string, Entry["cells"][string], RegExp]>([
    ["not asked yet", { status: "pending" }, /Waiting for the record system/],
    ["nothing recorded", { status: "none" }, /None recorded/],
    ["not offered", { status: "unsupported" }, /Not offered/],
    [
      "failed, with what there was",
      { ...sampleCell("Asthma"), status: "failed", reason: "ehr-down", asOf: "2026-11-28T06:10:00Z" },
      /Asthma.*Could not be loaded.*as of (28-Nov-2026 )?06:10/s,
    ],
    ["some of many", { ...sampleCell("Asthma"), total: 23 }, /1 of 23/],
    ["older than the list", { ...sampleCell("Asthma"), asOf: "2026-11-28T06:10:00Z" }, /as of/],
  ])("tells how asking went, not by emptiness: %s", (_, cell, text) => {
    show(sampleView([sampleEntry("a", { cells: { problems: cell } })]));
    const cells = screen.getAllByRole("cell");
    expect(cells.some((c) => text.test(c.textContent ?? ""))).toBe(true);
  });

  it("says once, above the list, that the record system does not answer, and in the cells how old they are", () => {
    const failed = { status: "failed", reason: "ehr-down", asOf: "2026-11-28T06:10:00Z" } as const;
    const cells = { problems: { ...sampleCell("Asthma"), ...failed }, hr: failed };
    const data = sampleView([sampleEntry("a", { cells })]);
    show({ ...data, refresh: { ...data.refresh, reason: "ehr-down" } });
    const texts = screen.getAllByRole("cell").map((c) => c.textContent ?? "");
    expect(texts.find((text) => text.startsWith("Asthma"))).toMatch(/^Asthmaas of (28-Nov-2026 )?06:10$/);
    expect(texts.find((text) => text.startsWith("Could not"))).toMatch(
      /^Could not be loaded\. as of (28-Nov-2026 )?06:10$/,
    );
  });

  it("withholds what is ours while the record is another person's", () => {
    show(sampleView([sampleEntry("a", { state: "mismatch", cells: full })]));
    expect(screen.queryByText("Pneumonia, day 3")).toBeNull();
    expect(screen.getAllByText(/Hidden until someone confirms/)).not.toHaveLength(0);
  });

  it("warns of a name that is the same, and underlines what differs (PAL-0540…0560)", () => {
    const named = (id: string, born: string) =>
      sampleEntry(id, { identity: { family: "Wilson", given: "Margaret", born, mrn: id } });
    const names = [{ kind: "same", entries: ["a", "b"], differs: "born" }];
    show(sampleView([named("a", "1944-02-27"), named("b", "1944-02-28")], { names }));
    expect(screen.getAllByText(/Same name as another patient here. Differs in: birth date/)).toHaveLength(2);
    expect(screen.getByText("27-Feb-1944").className).toMatch(/differs/);
  });

  it("lets a viewer read and change nothing", () => {
    show(sampleView([sampleEntry("a", { bed: "3", cells: full })]), { role: "viewer" });
    expect(screen.queryByRole("button", { name: /change|add/i })).toBeNull();
    expect(screen.queryByRole("checkbox", { name: /Bloods/ })).toBeNull();
  });
});

describe("marks (PAL-0880…0980)", () => {
  it("are a word on the entry of a sub-list that changed, and what was removed stays to be seen", async () => {
    const marks = [
      sampleMark("a", "problems", { item: "p2", kind: "added", new: "Gout" }),
      sampleMark("a", "problems", { item: "p9", kind: "removed", old: "Flu" }),
      sampleMark("a", "todo", { item: "t9", kind: "removed", old: "Blood count · 2026-11-24" }),
    ];
    const actions = show(sampleView([sampleEntry("a", { cells: full })], { marks }));
    const item = (text: string) => screen.getByText(text).closest("li") as HTMLElement;
    expect(within(item("Gout")).getByRole("button", { name: /New/ })).toBeInTheDocument();
    expect(within(item("Asthma")).queryByRole("button")).toBeNull();
    expect(within(item("Flu")).getByRole("button", { name: /Removed/ })).toBeInTheDocument();
    expect(item("Blood count · 24-Nov-2026")).toBeInTheDocument();
    await userEvent.click(await within(item("Gout")).findByRole("button", { name: /New/ }));
    expect(actions.mark).toHaveBeenCalledWith([marks[0]], expect.anything());
  });
});

describe("editing in place", () => {
  it("saves with Enter what was seen of the cell, and is closed then", async () => {
    const actions = show(sampleView([sampleEntry("a", { cells: full })]), {
      editing: { entry: "a", column: "summary" },
    });
    const field = screen.getByRole("textbox", { name: "One-liner" });
    await userEvent.clear(field);
    await userEvent.type(field, "Day 4{Enter}");
    expect(actions.saveField).toHaveBeenCalledWith(
      expect.objectContaining({ id: "a" }),
      expect.objectContaining({ key: "summary" }),
      "Day 4",
      5,
    );
    expect(actions.edit).toHaveBeenCalledWith(null);
  });

  it("leaves Enter to an input method while signs are being chosen", async () => {
    const actions = show(sampleView([sampleEntry("a", { cells: full })]), {
      editing: { entry: "a", column: "summary" },
    });
    const field = screen.getByRole("textbox", { name: "One-liner" });
    await userEvent.type(field, "肺炎");
    field.dispatchEvent(
      new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }),
    );
    field.dispatchEvent(
      new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }),
    );
    expect(actions.saveField).not.toHaveBeenCalled();
  });

  it("does not save what was chosen over what somebody else wrote meanwhile", async () => {
    const list = (severity: string, seq: number) =>
      sampleView([sampleEntry("a", { cells: { severity: sampleCell(severity, { seq }) } })]);
    const actions = show(list("stable", 4), { editing: { entry: "a", column: "severity" } });
    const choice = screen.getByRole("combobox", { name: "Severity" });
    actions.written(list("unstable", 6));
    expect(choice).toHaveValue("unstable");
    await userEvent.selectOptions(choice, "watcher");
    actions.written(list("stable", 8));
    expect(choice).toHaveValue("watcher");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(actions.saveField).toHaveBeenCalledWith(expect.anything(), expect.anything(), "watcher", 6);
  });

  it.each(["date", "number"])("empties no cell for what is no whole %s", async (type) => {
    const column: Column = { key: "custom", group: "own", label: "Custom", type };
    const cells = { custom: sampleCell(type === "date" ? "2026-11-30" : "7", { seq: 4 }) };
    const actions = show(sampleView([sampleEntry("a", { cells })], { columns: [column] }), {
      editing: { entry: "a", column: "custom" },
    });
    const field = screen.getByLabelText<HTMLInputElement>("Custom", { selector: "input" });
    field.reportValidity = () => false;
    await userEvent.clear(field);
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(actions.saveField).not.toHaveBeenCalled();
  });

  it("goes on for whom the right to is taken meanwhile, so that no text is gone", () => {
    show(sampleView([sampleEntry("a", { cells: full })]), {
      role: "viewer",
      editing: { entry: "a", column: "summary" },
    });
    expect(screen.getByRole("textbox", { name: "One-liner" })).toBeVisible();
  });

  it("ticks a to-do with one press", async () => {
    const actions = show(sampleView([sampleEntry("a", { cells: full })]));
    await userEvent.click(await screen.findByRole("checkbox", { name: "Done: Bloods" }));
    expect(actions.changeTodo).toHaveBeenCalledWith(
      expect.objectContaining({ id: "a" }),
      expect.objectContaining({ id: "t1" }),
      { done: true },
    );
  });
});

describe("the table", () => {
  it("has a caption, heads with a scope, and says how it is sorted", () => {
    show(sampleView([sampleEntry("a")], { view: { sort: "-hr" } }));
    expect(screen.getByRole("table", { name: "Patient list Ward A, 1 patient" })).toBeInTheDocument();
    expect(screen.getByRole("columnheader", { name: /Heart rate/ })).toHaveAttribute(
      "aria-sort",
      "descending",
    );
    expect(screen.getByRole("columnheader", { name: /Bed/ })).not.toHaveAttribute("aria-sort");
  });

  it("begins and ends with a bar that counts (PAL-0370, 0380), and shows unoccupied beds (PAL-0650)", () => {
    show(sampleView([sampleEntry("a", { bed: "1" })], { unoccupied: ["2"] }));
    expect(screen.getByText("Start of list")).toBeInTheDocument();
    expect(screen.getByText("End of list · 1 patient · 1 unoccupied bed")).toBeInTheDocument();
    expect(screen.getByText("UNOCCUPIED")).toBeInTheDocument();
  });
});
