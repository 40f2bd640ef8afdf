import type {
  Cell,
  Column,
  Connection,
  Entry,
  Item,
  Kind,
  List,
  ListView,
  Note,
  PatientView,
  Point,
  Section,
  Series,
  Session,
  SpaceView,
  Todo,
} from "../../api/gen";

// Sample data for tests and for looking at pages; no real person.

export const now = Date.parse("2026-11-23T14:32:00Z");

export const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

export function cell(text: string, more: Partial<Cell> = {}): Cell {
  const items: Item[] = text === "" ? [] : [{ id: "0", text, current: true }];
  return { status: items.length > 0 ? "loaded" : "none", items, seq: 5, by: "nurse", asOf: ago(90), ...more };
}

export const columns: Column[] = [
  { key: "severity", group: "own", type: "severity" },
  { key: "summary", group: "own", type: "text" },
  { key: "hr", group: "vitals", ehr: true, kind: "vitals" },
  { key: "problems", group: "problems", ehr: true, kind: "problems" },
  { key: "todo", group: "own", type: "todos" },
  { key: "note", group: "own", type: "notes" },
  { key: "owner", group: "own", type: "person" },
  {
    key: "custom:diet",
    group: "custom",
    label: "Diet",
    type: "choice",
    choices: ["Normal", "Soft", "Nil by mouth"],
  },
];

export function entry(id = "e1", more: Partial<Entry> = {}): Entry {
  return {
    id,
    list: "ward",
    subject: { connection: "ehr", patient: `p-${id}` },
    identity: {
      family: "Okafor",
      given: "Adaeze Ngozi",
      prefix: "Ms",
      born: "1958-03-04",
      gender: "female",
      mrn: "SAMPLE-1047",
    },
    fingerprint: { mrn: "SAMPLE-1047", family: "Okafor", born: "1958-03-04" },
    state: "ok",
    bed: "A-03",
    bedFrom: "own",
    cells: {
      severity: cell("watcher"),
      summary: cell("68 y, day 3 after right hip replacement; pain controlled, mobilising with a frame."),
      contingency: cell("If saturation below 92 % on 2 L, then call the medical registrar."),
    },
    addedBy: "nurse",
    added: ago(3000),
    seq: 40,
    ...more,
  };
}

export function list(more: Partial<List> = {}): List {
  return {
    id: "ward",
    space: "space",
    channel: "general",
    name: "Ward A",
    default: true,
    position: 0,
    patients: 3,
    hideUnoccupied: false,
    schema: "rounding",
    created: ago(90_000),
    changed: ago(100),
    createdBy: "nurse",
    version: 1,
    ...more,
  };
}

export function todo(id: string, text: string, more: Partial<Todo> = {}): Todo {
  return { id, entry: "e1", text, done: false, by: "nurse", at: ago(200), version: 1, ...more };
}

export function note(id: string, text: string, more: Partial<Note> = {}): Note {
  return { id, entry: "e1", text, pinned: false, by: "nurse", at: ago(60), version: 1, ...more };
}

export const kinds: Kind[] = ["vitals", "problems", "allergies", "medications", "encounters", "coverage"];

/** The record system of the sample patients. */
const connection: Connection = {
  id: "ehr",
  space: "space",
  name: "Sample hospital",
  link: "https://ehr.example/fhir",
  version: "r4",
  auth: "none",
  created: ago(90_000),
};

export function patientView(more: Partial<PatientView> = {}): PatientView {
  return {
    entry: entry(),
    list: list(),
    role: "member",
    connection,
    kinds,
    todos: [
      todo("t1", "Chase potassium", { owner: "doctor", due: "2026-11-22" }),
      todo("t2", "Call daughter about discharge"),
      todo("t3", "Remove cannula", { done: true, doneBy: "doctor", doneAt: ago(30) }),
    ],
    notes: [
      note("n1", "Allergic reaction is to adhesive tape, not to latex.", { pinned: true, at: ago(4000) }),
      note("n2", "Slept well. Pain 2/10 at rest, 4/10 walking.", { by: "doctor", at: ago(400) }),
    ],
    others: [],
    activity: [
      { seq: 40, at: ago(20), by: "doctor", column: "summary", kind: "changed", old: "Day 2", new: "Day 3" },
      { seq: 39, at: ago(50), column: "hr", kind: "changed", old: "88", new: "72" },
    ],
    marks: [
      {
        entry: "e1",
        column: "summary",
        kind: "changed",
        old: "Day 2",
        new: "Day 3",
        seq: 40,
        at: ago(20),
        by: "doctor",
      },
      {
        entry: "e1",
        column: "problems",
        item: "c2",
        kind: "added",
        new: "Hypokalaemia",
        seq: 38,
        at: ago(55),
      },
      { entry: "e1", column: "hr", kind: "changed", old: "88", new: "72", seq: 39, at: ago(50) },
    ],
    columns,
    people: { nurse: "Ward nurse", doctor: "Ward doctor" },
    seq: 40,
    now: new Date(now).toISOString(),
    ...more,
  };
}

function points(everyHours: number, values: (number | [number, number])[], digits = 0): Point[] {
  return values.map((v, i) => {
    const [value, value2] = Array.isArray(v) ? v : [v, undefined];
    const text = value2 === undefined ? value.toFixed(digits) : `${value}/${value2}`;
    return { id: `${everyHours}-${i}`, time: ago(30 + i * everyHours * 60), value, value2, text };
  });
}

export function series(): Series[] {
  return [
    {
      vital: "hr",
      label: "Heart rate",
      unit: "/min",
      low: 60,
      high: 100,
      min: 30,
      max: 180,
      band: "adults",
      points: points(4, [72, 88, 96, 104, 92, 84, 78]),
    },
    {
      vital: "bp",
      label: "Blood pressure",
      unit: "mm[Hg]",
      low: 90,
      high: 140,
      low2: 60,
      high2: 90,
      min: 40,
      max: 220,
      band: "adults",
      points: points(4, [
        [118, 76],
        [124, 78],
        [146, 92],
        [152, 94],
        [132, 84],
        [128, 80],
        [122, 76],
      ]),
    },
    {
      vital: "rr",
      label: "Respiratory rate",
      unit: "/min",
      low: 12,
      high: 20,
      min: 4,
      max: 40,
      band: "adults",
      points: points(4, [16, 18, 22, 24, 18, 16]),
    },
    {
      vital: "spo2",
      label: "SpO2",
      unit: "%",
      low: 95,
      high: 100,
      min: 80,
      max: 100,
      band: "adults",
      points: points(4, [97, 95, 92, 91, 95, 96]),
    },
    {
      vital: "temp",
      label: "Body temperature",
      unit: "Cel",
      low: 36.1,
      high: 37.8,
      min: 34,
      max: 42,
      band: "adults",
      points: points(8, [36.9, 37.4, 38.2], 1),
    },
    { vital: "weight", label: "Body weight", unit: "kg", points: points(72, [71.4, 71.9], 1) },
  ];
}

export function section(kind: Kind, more: Partial<Section> = {}): Section {
  const base = {
    kind,
    status: "loaded" as const,
    source: "Sample hospital",
    identity: 0,
    asOf: ago(2),
    total: 0,
    complete: true,
  };
  const made: Record<Kind, Partial<Section>> = {
    vitals: { series: series() },
    problems: {
      items: [
        {
          id: "c1",
          text: "Osteoarthritis of right hip",
          state: "active",
          current: true,
          time: "2024-05",
          timeLabel: "recorded",
        },
        {
          id: "c2",
          text: "Hypokalaemia",
          severity: "Mild",
          state: "active",
          current: true,
          time: ago(55),
          timeLabel: "recorded",
        },
        {
          id: "c3",
          text: "Pneumonia",
          state: "resolved",
          current: false,
          time: "2019-01-12",
          timeLabel: "recorded",
        },
      ],
      total: 3,
    },
    allergies: {
      allergy: "known",
      items: [
        {
          id: "a1",
          text: "Penicillin V",
          detail: "Hives",
          severity: "Moderate",
          state: "active",
          current: true,
          time: "2011-06-02",
          timeLabel: "recorded",
        },
      ],
      total: 1,
    },
    medications: {
      items: [
        {
          id: "m1",
          text: "Paracetamol 1 g tablet",
          detail: "1 tablet four times a day",
          state: "active",
          current: true,
          time: "2026-11-20",
          timeLabel: "written",
          fields: [{ label: "prescriber", value: "Ward doctor" }],
        },
        {
          id: "m2",
          text: "Ibuprofen 400 mg tablet",
          detail: "three times a day",
          state: "stopped",
          current: false,
          time: "2026-11-19",
          timeLabel: "written",
        },
      ],
      total: 23,
      complete: false,
    },
    encounters: {
      items: [
        {
          id: "v1",
          text: "Inpatient stay",
          state: "in-progress",
          current: true,
          time: "2026-11-19T09:20:00Z",
          timeLabel: "admitted",
          fields: [{ label: "location", value: "Ward A, bed A-03" }],
        },
        {
          id: "v2",
          text: "Outpatient visit",
          state: "finished",
          current: false,
          time: "2026-09-02",
          timeLabel: "discharged",
        },
      ],
      total: 2,
    },
    coverage: { status: "none" },
  };
  return { ...base, ...made[kind], ...more };
}

export function spaceView(more: Partial<SpaceView> = {}): SpaceView {
  return {
    space: {
      id: "space",
      name: "Orthopaedics",
      ehr: true,
      manual: true,
      settings: { zone: "Europe/London", refreshEvery: 120, retentionDays: 30, idleMinutes: 15 },
      created: ago(90_000),
      version: 1,
    },
    role: "owner",
    channels: [],
    connections: [connection],
    columns,
    schemas: [],
    owners: ["Ward nurse"],
    requests: [],
    people: { nurse: "Ward nurse", doctor: "Ward doctor" },
    ...more,
  };
}

export function session(): Session {
  return {
    person: { id: "nurse", name: "Ward nurse", created: ago(90_000), prefs: { space: "space" } },
    spaces: [{ id: "space", name: "Orthopaedics", role: "owner", started: true }],
    signIn: { local: true, firstRun: false, issuers: [], demo: [] },
    idleMinutes: 15,
    version: "test",
    demo: false,
  };
}

export function listView(entries: Entry[], more: Partial<ListView> = {}): ListView {
  return {
    list: list(),
    role: "member",
    columns,
    schema: { id: "rounding", space: "space", name: "Rounding", columns, version: 1 },
    view: {},
    entries,
    marks: [],
    removed: [],
    names: [],
    refresh: { running: false, done: 0, total: 0, stale: false, every: 120 },
    people: { nurse: "Ward nurse", doctor: "Ward doctor" },
    seq: 40,
    now: new Date(now).toISOString(),
    ...more,
  };
}
