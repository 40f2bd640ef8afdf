// Made from the table of operations by `go test ./internal/patients/api -run TestGenerated -update`. Do not edit.
// biome-ignore-all format: generated
// biome-ignore-all lint: generated

/** Sends a request: fetch, or what stands in for it. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

/** Options of every call. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** Options of a stream. */
export interface StreamOptions<E> extends CallOptions {
  onEvent: (event: E, id: string) => void;
  /** Called once the answer has begun, before the first event. */
  onOpen?: (() => void) | undefined;
}

/** What the server says went wrong (RFC 9457). */
export class ApiProblem extends Error {
  readonly status: number;
  /** Stable: not-signed-in, forbidden, not-found, conflict, changed … */
  readonly code: string;
  readonly title: string;
  /** What to do. */
  readonly detail: string;
  /** Mistakes in the input, by field. */
  readonly errors: Readonly<Record<string, string>>;
  /** After a conflicting edit (412): what is there now. */
  readonly current: unknown;
  /** Id of the request, to quote. */
  readonly request: string;

  constructor(status: number, body: Partial<Record<string, unknown>>, request = "") {
    const text = (key: string): string => (typeof body[key] === "string" ? body[key] : "");
    super(text("detail") || text("title") || `HTTP ${status}`);
    this.name = "ApiProblem";
    this.status = status;
    this.code = text("code") || `http-${status}`;
    this.title = text("title");
    this.detail = text("detail");
    this.errors = (body.errors as Record<string, string> | undefined) ?? {};
    this.current = body.current;
    this.request = text("request") || request;
  }
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const request = response.headers.get("X-Request-Id") ?? "";
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null) {
      return new ApiProblem(response.status, body, request);
    }
  } catch {
    // Not JSON: a proxy answered.
  }
  return new ApiProblem(response.status, {}, request);
}

function requestOf(method: string, body: unknown, options: CallOptions | undefined, accept: string): RequestInit {
  const headers: Record<string, string> = { Accept: accept };
  const init: RequestInit = { method, headers, cache: "no-store", credentials: "same-origin" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  if (options?.signal) {
    init.signal = options.signal;
  }
  return init;
}

function withQuery(path: string, query: Record<string, string | number | boolean | undefined>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "" && value !== false) {
      params.set(name, String(value));
    }
  }
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}

async function call<T>(send: Send, method: string, url: string, body: unknown, options?: CallOptions): Promise<T> {
  const response = await send(url, requestOf(method, body, options, "application/json"));
  if (!response.ok) {
    throw await problemOf(response);
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Reads server-sent events until the stream ends. A last event that was cut off is dropped. */
async function stream<E>(send: Send, method: string, url: string, body: unknown, options: StreamOptions<E>): Promise<void> {
  const response = await send(url, requestOf(method, body, options, "text/event-stream"));
  if (!response.ok || !response.body) {
    throw await problemOf(response);
  }
  options.onOpen?.();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      deliver(block, options.onEvent);
    }
  }
}

function deliver<E>(block: string, onEvent: (event: E, id: string) => void): void {
  let id = "";
  let data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("id: ")) {
      id = line.slice(4);
    } else if (line.startsWith("data: ")) {
      data += line.slice(6);
    }
  }
  if (data !== "") {
    onEvent(JSON.parse(data) as E, id);
  }
}

/** AccessAsk asks for a role in a space. */
export interface AccessAsk {
  space: string;
  role: Role;
}

/** AccessDecision grants or refuses a request. */
export interface AccessDecision {
  space: string;
  person: string;
  grant: boolean;
  /** "" is the one asked for */
  role?: Role | undefined;
}

/** An AccessRequest is someone's wish to enter a space; an owner decides. */
export interface AccessRequest {
  space: string;
  person: string;
  name: string;
  role: Role;
  asked: string;
}

/**
 * An Activity is one thing that was done to a patient's entry. Values are
 * those of our own fields, or of the EHR while kept.
 */
export interface Activity {
  seq: number;
  at: string;
  /** "" is the EHR */
  by?: string | undefined;
  column: string;
  /** added, changed, removed, seen, moved … */
  kind: string;
  old?: string | undefined;
  new?: string | undefined;
  /**
   * Undo is set on the last decision about who the entry is, while it can be
   * taken back.
   */
  undo?: boolean | undefined;
}

/** AddInput puts patients on a list: found in the EHR, or typed by hand. */
export interface AddInput {
  list: string;
  patients: AddPatient[];
  /**
   * Again adds even those that look like somebody, or are on another list. A
   * record is on a list once.
   */
  again?: boolean | undefined;
}

/** AddPatient is one patient to add. */
export interface AddPatient {
  subject?: Subject | undefined;
  /** as found, or as typed */
  identity: Identity;
  bed?: string | undefined;
}

/** Added tells what became of each, in order. */
export interface Added {
  entries: Entry[];
  /** Duplicates are those that were not added, by index, with where they are. */
  duplicates: Duplicate[];
}

/** An AllergyState is what is known of a patient's allergies (PAB-0064). */
export type AllergyState = "known" | "none" | "notRecorded" | "unavailable";

/**
 * An AuditEntry is one line of "who opened this patient?". It never holds
 * values.
 */
export interface AuditEntry {
  at: string;
  /** ui §1.2, interface §11 */
  operation: string;
  person?: string | undefined;
  /** of the person */
  name?: string | undefined;
  list?: string | undefined;
  listName?: string | undefined;
  entry?: string | undefined;
  patient?: string | undefined;
  status: number;
  remote?: string | undefined;
  request: string;
  detail?: string | undefined;
}

/** AuditPage is a page of the space's record, newest first. */
export interface AuditPage {
  entries: AuditEntry[];
  next?: string | undefined;
}

/**
 * AuditQuery asks who did what in a space; "who opened this patient?" is one
 * with entry, or connection and patient.
 */
export interface AuditQuery {
  space: string;
  entry?: string | undefined;
  connection?: string | undefined;
  patient?: string | undefined;
  person?: string | undefined;
  operation?: string | undefined;
  /** RFC 3339 */
  since?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
}

/**
 * A Cell is what one column says of one patient: text lines of a sub-list,
 * each with its own time. A list shows cells; marks are per item.
 */
export interface Cell {
  status: Status;
  items?: Item[] | undefined;
  /**
   * AsOf is when the source was last asked successfully; Reason why the last
   * try failed, safe to show.
   */
  asOf?: string | undefined;
  reason?: string | undefined;
  /**
   * Total is how many there are where not all are shown ("10 of 23"); 0
   * when all are.
   */
  total?: number | undefined;
  /** Seq is the newest change of this cell; By who made it, for our own. */
  seq?: number | undefined;
  /** person id */
  by?: string | undefined;
  /**
   * Note says what a reader must know beside the items: "No known
   * allergies" is an item, "allergies not recorded" a note.
   */
  note?: string | undefined;
}

/** A Channel holds lists. Every space has the channel "general". */
export interface Channel {
  id: string;
  space: string;
  name: string;
}

/**
 * A Column is one column of a list: an EHR column, one of our own, or a custom
 * one. Row keys (bed and patient) are not columns: they are always there.
 */
export interface Column {
  /** hr, problems, summary, todo … or custom:<id> */
  key: string;
  /** identity, stay, vitals, problems, safety, treatment, cover, own, custom */
  group: string;
  /**
   * Label is the name of a custom column; others are in the catalogue under
   * column.<key>.
   */
  label?: string | undefined;
  /**
   * Type says how a cell is edited: "" not at all (EHR), text, choice, date,
   * flag, number, severity, person, todos, notes.
   */
  type?: string | undefined;
  choices?: string[] | undefined;
  ehr?: boolean | undefined;
  /** of EHR columns: what is asked for it; "" is the Patient */
  kind?: Kind | undefined;
  /** EditBy is who may change a custom column's cells: member or owner. */
  editBy?: Role | undefined;
}

/**
 * ConnectInput is what the Connect form sends. Tenant may be given only with
 * one's own client id and secret.
 */
export interface ConnectInput {
  space: string;
  name: string;
  /** as typed; a trailing /metadata is removed */
  link: string;
  /** a ready-made partner instead of a link */
  choice?: string | undefined;
  /** "" is found out: client credentials where the statement names a token URL */
  auth?: string | undefined;
  clientID?: string | undefined;
  secret?: string | undefined;
  username?: string | undefined;
  tenant?: string | undefined;
  /** instead of the statement's */
  tokenURL?: string | undefined;
  /**
   * Replaces is the connection whose entries are matched again, by MRN and
   * birth date.
   */
  replaces?: string | undefined;
  /** Save makes the connection when all steps went well; else it is a test. */
  save: boolean;
}

/** A ConnectStep is one of the five visible steps, or the end. */
export interface ConnectStep {
  /** Step is reachable, statement, version, token, search, or done. */
  step: string;
  /** running, ok, failed or skipped */
  outcome: string;
  /** ms */
  took: number;
  detail?: string | undefined;
  advice?: string | undefined;
  /**
   * Need are the fields that are missing, at a step that cannot go on
   * without them: clientID, secret, tenant.
   */
  need?: string[] | undefined;
  /** Of the step done: */
  connection?: Connection | undefined;
  resources?: ResourceSupport[] | undefined;
  /** entries that the replacement does not know */
  unmatched?: Entry[] | undefined;
}

/**
 * A Connection is a way to a record system. A new base URL is a new
 * connection; the old one stays as removed while entries point to it.
 */
export interface Connection {
  id: string;
  space: string;
  name: string;
  /** FHIR base URL */
  link: string;
  /** dstu2, stu3 or r4 */
  version: string;
  tokenURL?: string | undefined;
  /**
   * Auth is how it is signed in to: none, client_secret_post,
   * client_secret_basic, basic or bearer. Secrets are never given back.
   */
  auth: string;
  clientID?: string | undefined;
  /** scope of the token: the customer's directory GUID */
  tenant?: string | undefined;
  /**
   * Choice is the ready-made partner whose credentials are used, "" for one's
   * own.
   */
  choice?: string | undefined;
  /**
   * Missing are the types that the record system does not offer; what they
   * hide is said at connect time and in the sections.
   */
  missing?: string[] | undefined;
  created: string;
  removed?: string | undefined;
  /** LastOK and LastError tell how the last call went. */
  lastOK?: string | undefined;
  lastError?: string | undefined;
}

/** ConnectionChoice is a ready-made partner. */
export interface ConnectionChoice {
  id: string;
  name: string;
  link: string;
  /**
   * Ready needs no credentials of one's own: the operator's are used, for the
   * space's own tenant.
   */
  ready: boolean;
}

/** ConnectionChoices are the ready-made partners. */
export interface ConnectionChoices {
  choices: ConnectionChoice[];
}

/** ConnectionID names a connection. */
export interface ConnectionID {
  space: string;
  connection: string;
}

/** CopyInput says that a patient's summary is copied to the clipboard. */
export interface CopyInput {
  entry: string;
  /** ipass, sbar or plain */
  format: string;
}

/** DemoPerson is a ready-made person of the demo. */
export interface DemoPerson {
  id: string;
  name: string;
  role: Role;
}

/** Draft is a kept text. */
export interface Draft {
  key: string;
  text: string;
  base?: number | undefined;
  at: string;
}

/**
 * DraftInput keeps what someone is typing, for them alone. Empty text removes
 * it.
 */
export interface DraftInput {
  key: string;
  text: string;
  base?: number | undefined;
}

/** Drafts are all of one person's drafts. */
export interface Drafts {
  drafts: Draft[];
}

/** Duplicate is a patient that looks like one who is there already. */
export interface Duplicate {
  index: number;
  entry: string;
  list: string;
  listName: string;
  identity: Identity;
  /** Why is subject (the same record), mrn, or nameAndBorn. */
  why: string;
}

/** DuplicateCheck asks before adding, as someone types. */
export interface DuplicateCheck {
  space: string;
  identity: Identity;
}

/** Duplicates are who looks the same. */
export interface Duplicates {
  duplicates: Duplicate[];
}

/** EntriesDone says what was done and what was in the way. */
export interface EntriesDone {
  /** ids as they are now (copies have new ones) */
  entries: string[];
  duplicates: Duplicate[];
}

/** EntriesInput acts on entries of a list. */
export interface EntriesInput {
  list: string;
  entries: string[];
  /** Action is remove, restore (undo of remove or move), move or copy. */
  action: string;
  /** list, for move and copy */
  to?: string | undefined;
}

/** An Entry is a patient on a list. */
export interface Entry {
  id: string;
  list: string;
  subject: Subject;
  identity: Identity;
  fingerprint: Fingerprint;
  state: State;
  /**
   * Other is the second identity of a merged or mismatched patient, to be
   * compared before confirming.
   */
  other?: Identity | undefined;
  /**
   * Bed is typed by us, or the EHR's location where that is empty; BedFrom
   * is "own" or "ehr".
   */
  bed?: string | undefined;
  bedFrom?: string | undefined;
  /**
   * Cells by column key. EHR cells are last-seen values with their age; own
   * ones are withheld while State is mismatch.
   */
  cells: Record<string, Cell>;
  addedBy: string;
  added: string;
  /** newest change of anything in it */
  seq: number;
}

/**
 * An Event is one message of a list's stream. Kind says which fields are set:
 *
 * hello    Seq                              the stream stands here
 * cell     Entry, Column, Cell, Identity, Marks  a cell has a new value, of whom Identity tells
 * entry    Entry, Whole, Marks              a patient was added, or its identity or bed changed
 * removed  Entry, Removed                   a patient left
 * list     —                                name, columns, beds or order changed: read the list again
 * refresh  Refresh                          asking the EHR began, went on, ended or failed
 * round    Round                            a round began, went on or ended (Round is null)
 * names    Names                            the warnings about names changed
 * reset    —                                what was missed is not kept any more: read the list again
 * elsewhere —                               the last: the asker looks in too many other places; begin again when someone looks here
 * ping     —                                nothing; every 15 s, so that a dead connection shows
 */
export interface Event {
  seq: number;
  kind: string;
  entry?: string | undefined;
  column?: string | undefined;
  cell?: Cell | undefined;
  /**
   * Identity is the number of the entry's identity cell when Cell was read: it
   * is not for an entry that has another.
   */
  identity?: number | undefined;
  whole?: Entry | undefined;
  marks?: Mark[] | undefined;
  removed?: Removed | undefined;
  refresh?: Refresh | undefined;
  round?: Round | undefined;
  names?: NameAlert[] | undefined;
}

/**
 * ExportInput asks for a file. The answer holds a path that works once, within
 * a minute.
 */
export interface ExportInput {
  list: string;
  /** xlsx or csv */
  format: string;
  /** keys; none are the asker's own */
  columns?: string[] | undefined;
  /** Deidentified leaves out names, birth dates and record numbers. */
  deidentified: boolean;
  /** asked once a day */
  purpose?: string | undefined;
  locale?: string | undefined;
}

/** A Field is a labelled part of an item. */
export interface Field {
  /** key: prescriber, dosage, reaction, manifestation, severity, location, type, period, payor, group, plan, subscriberId … */
  label: string;
  value: string;
}

/**
 * FieldInput changes one of our own cells: bed, identity (manual only), severity,
 * summary, contingency, owner, a custom column … Base is the Seq that the
 * asker saw; when the cell has a newer one the answer is 412 with what is there.
 */
export interface FieldInput {
  entry: string;
  column: string;
  base: number;
  /** string, number, boolean or null by the column's type; an identity for "identity" */
  value: unknown;
}

/** A Filter hides rows; that it is active is announced (PAL-0760). */
export interface Filter {
  text?: string | undefined;
  severity?: string[] | undefined;
  owner?: string | undefined;
  /** only rows with marks */
  changed?: boolean | undefined;
  openTodo?: boolean | undefined;
  /** not seen in the running round */
  unseen?: boolean | undefined;
}

/**
 * A Fingerprint is what an entry's patient was when added: notes belong to
 * this person.
 */
export interface Fingerprint {
  mrn?: string | undefined;
  family?: string | undefined;
  born?: string | undefined;
}

/**
 * FirstAccount makes the first administrator, or an invited person's account,
 * with the token of a one-time link.
 */
export interface FirstAccount {
  token: string;
  name: string;
  username: string;
  password: string;
}

/**
 * A Found is a patient that a search found, with what tells whether it is the
 * right one.
 */
export interface Found {
  subject: Subject;
  identity: Identity;
  /** where the newest encounter is, when asked for */
  location?: string | undefined;
  /** On are the lists of the space that have this patient already. */
  on?: ListRef[] | undefined;
}

/**
 * An Identity is who a patient is, as the record or the person who typed it
 * says. Empty fields are not known.
 */
export interface Identity {
  family?: string | undefined;
  /** all given names, joined by a space */
  given?: string | undefined;
  prefix?: string | undefined;
  suffix?: string | undefined;
  /** the whole name where the record writes it so; the only name where it has no parts */
  text?: string | undefined;
  /** the name of use "usual" or "nickname" where it differs */
  preferred?: string | undefined;
  /** YYYY, YYYY-MM or YYYY-MM-DD */
  born?: string | undefined;
  /** male, female, other or unknown */
  gender?: string | undefined;
  mrn?: string | undefined;
  gp?: string | undefined;
  /** "", "yes", or a FHIR date or dateTime */
  deceased?: string | undefined;
  /** Patient.active is false */
  inactive?: boolean | undefined;
  /**
   * Replaced is the id of the patient that this record was merged into
   * (Patient.link of type replaced-by).
   */
  replaced?: string | undefined;
}

/** IdentityDecision settles a mismatch, a merge or an unlinked entry. */
export interface IdentityDecision {
  entry: string;
  /**
   * Action is confirm (it is the same person: our notes show again), relink
   * (follow the merge, or point to Subject), or undo (the last decision).
   */
  action: string;
  /**
   * Base is the seq of the entry's identity cell as the asker saw it; when
   * someone else is there by now the answer is 412 with the entry.
   */
  base: number;
  subject?: Subject | undefined;
  /** who Subject was when it was chosen */
  seen?: Identity | undefined;
}

/** Invited is a new local account and its one-time link. */
export interface Invited {
  person: Person;
  /** relative; the token is in the fragment */
  path: string;
}

/** An Issuer is an OpenID provider people can sign in with. */
export interface Issuer {
  id: string;
  name: string;
}

/** An Item is one entry of a cell or a section. */
export interface Item {
  /** stable within the column: a resource's id, with a suffix for a component */
  id: string;
  text: string;
  /** second line: dosage, reaction, prescriber */
  detail?: string | undefined;
  /**
   * Value and Unit are set for measurements; Value2 is the diastolic of a
   * blood pressure.
   */
  value?: number | undefined;
  value2?: number | undefined;
  unit?: string | undefined;
  /**
   * Time is when it was measured, recorded, ordered or began: a FHIR date or
   * dateTime, in its own precision. TimeLabel is the catalogue key of what
   * the time means: measured, recorded, written, started, admitted, discharged.
   */
  time?: string | undefined;
  timeLabel?: string | undefined;
  /**
   * State is the status as the record has it: preliminary, active, resolved,
   * stopped, finished … Current is false for what no longer holds.
   */
  state?: string | undefined;
  current: boolean;
  /** of a problem or allergy, as words */
  severity?: string | undefined;
  /** Trend is up, down or same against the value before it. */
  trend?: string | undefined;
  seq?: number | undefined;
  /** Done and By belong to to-dos. */
  done?: boolean | undefined;
  /** person id */
  owner?: string | undefined;
  /** FHIR date or dateTime */
  due?: string | undefined;
  /** Version is a to-do's, to be named when it is changed. */
  version?: number | undefined;
  /**
   * Fields are labelled parts of a section's item, in order: label is a key
   * of the catalogue. Cells have none.
   */
  fields?: Field[] | undefined;
}

/** A Kind is one of the kinds of data that are asked for a patient. */
export type Kind = "vitals" | "problems" | "allergies" | "medications" | "encounters" | "coverage";

/** A List is a patient list of a channel. */
export interface List {
  id: string;
  space: string;
  channel: string;
  name: string;
  location?: string | undefined;
  default: boolean;
  position: number;
  /** how many are on it */
  patients: number;
  /**
   * Beds are all beds of the location, typed by the owner; those without a
   * patient show as unoccupied (PAL-0630…0670).
   */
  beds?: string[] | undefined;
  hideUnoccupied: boolean;
  /** id of the column set for everyone */
  schema: string;
  created: string;
  changed: string;
  createdBy: string;
  /** restorable for 30 days */
  deleted?: string | undefined;
  version: number;
}

/** ListID names a list. */
export interface ListID {
  list: string;
}

/** ListInput makes a list, empty or as a copy. */
export interface ListInput {
  space: string;
  /** "" is general */
  channel?: string | undefined;
  name: string;
  location?: string | undefined;
  /** "" is rounding */
  schema?: string | undefined;
  /** list whose patients and columns are copied */
  copyOf?: string | undefined;
}

/** ListPatch changes a list; absent fields stay. */
export interface ListPatch {
  list: string;
  version: number;
  name?: string | undefined;
  location?: string | undefined;
  default?: boolean | undefined;
  position?: number | undefined;
  beds?: string[] | undefined;
  hideUnoccupied?: boolean | undefined;
  schema?: string | undefined;
}

/** A ListRef names a list. */
export interface ListRef {
  list: string;
  name: string;
}

/**
 * A ListView is a list as one person sees it, in one answer: our own data and
 * the last-seen values of the EHR.
 */
export interface ListView {
  list: List;
  /** of the asker */
  role: Role;
  columns: Column[];
  schema: Schema;
  view: View;
  /** in bed order */
  entries: Entry[];
  unoccupied?: string[] | undefined;
  marks: Mark[];
  /** when the asker last looked */
  marksSince?: string | undefined;
  removed: Removed[];
  names: NameAlert[];
  refresh: Refresh;
  round?: Round | undefined;
  /** names by person id, of all who appear */
  people: Record<string, string>;
  /** the stream goes on from here */
  seq: number;
  now: string;
}

/** Lists are a space's lists in order. */
export interface Lists {
  lists: List[];
  /** restorable, newest first */
  deleted: List[];
}

/** A Mark is a change that the asker has not seen yet (PAL-0880…0980). */
export interface Mark {
  entry: string;
  /** column key, "bed", "identity" or "entry" for a patient that was added */
  column: string;
  /** "" is the whole cell */
  item?: string | undefined;
  /** added, changed or removed */
  kind: string;
  /** text of what was there */
  old?: string | undefined;
  new?: string | undefined;
  seq: number;
  /** when we observed it */
  at: string;
  /** person id, for our own fields */
  by?: string | undefined;
}

/** Marks are what is not seen yet. */
export interface Marks {
  marks: Mark[];
  removed: Removed[];
}

/** MemberInput gives a person a role; role "" removes the person. */
export interface MemberInput {
  space: string;
  person: string;
  role: Role | "";
}

/** Members are a space's people. */
export interface Members {
  members: Membership[];
  requests: AccessRequest[];
  /** Others are local accounts without a role here, to be added. */
  others: Person[];
}

/** A Membership is a person's role in a space. */
export interface Membership {
  space: string;
  person: string;
  /** of the person */
  name: string;
  role: Role;
  since: string;
}

/**
 * A NameAlert joins entries whose names are the same or similar
 * (PAL-0540…0570).
 */
export interface NameAlert {
  /** same or similar */
  kind: string;
  entries: string[];
  /**
   * Differs is the first thing that tells them apart: given, born, mrn,
   * gender or bed.
   */
  differs: string;
}

/**
 * A Note is what someone wrote about a patient. Its author may change it for
 * 15 minutes; after that an amendment is a new text and the old one stays in
 * History.
 */
export interface Note {
  id: string;
  entry: string;
  text: string;
  pinned: boolean;
  by: string;
  at: string;
  edited?: string | undefined;
  /** the text is gone, that there was one is not */
  deleted?: string | undefined;
  history?: NoteVersion[] | undefined;
  version: number;
}

/** NoteID names a note. */
export interface NoteID {
  note: string;
}

/** NoteInput writes a note. */
export interface NoteInput {
  entry: string;
  text: string;
  pinned?: boolean | undefined;
}

/** NotePatch changes or amends a note. */
export interface NotePatch {
  note: string;
  version: number;
  text?: string | undefined;
  pinned?: boolean | undefined;
}

/** A NoteVersion is what a note said before it was amended. */
export interface NoteVersion {
  text: string;
  by: string;
  at: string;
}

/**
 * PasswordChange is a new password for one's own local account, for the old
 * one.
 */
export interface PasswordChange {
  old: string;
  password: string;
}

/** PasteInput resolves a pasted column of record numbers. */
export interface PasteInput {
  space: string;
  connection?: string | undefined;
  /** at most 200 */
  mrns: string[];
}

/** PasteLine is what one number led to: found, several, none or failed. */
export interface PasteLine {
  mrn: string;
  outcome: string;
  found?: Found[] | undefined;
  reason?: string | undefined;
}

/** PasteResult has one line per number, in order. */
export interface PasteResult {
  lines: PasteLine[];
}

/** PatientInput opens the page of a patient, or reads it again. */
export interface PatientInput {
  entry: string;
  /**
   * Again says that the asker has the page open and reads what has changed:
   * that is one view, recorded once.
   */
  again?: boolean | undefined;
}

/**
 * A PatientView is the page of one patient. Sections of the EHR are read one
 * by one.
 */
export interface PatientView {
  entry: Entry;
  list: List;
  role: Role;
  connection?: Connection | undefined;
  /** sections to ask for; none for a patient typed by hand */
  kinds: Kind[];
  todos: Todo[];
  /** pinned first, then newest first */
  notes: Note[];
  activity: Activity[];
  marks: Mark[];
  columns: Column[];
  /** Others are the columns that activity and marks speak of beside Columns. */
  others: Column[];
  round?: Round | undefined;
  people: Record<string, string>;
  seq: number;
  now: string;
}

/** A Person is someone who signs in. */
export interface Person {
  id: string;
  name: string;
  /** of a local account */
  username?: string | undefined;
  /** directory GUID of an Entra identity; "" is local */
  tenant?: string | undefined;
  /** may make spaces and local accounts */
  admin?: boolean | undefined;
  /** ready-made, loopback only */
  demo?: boolean | undefined;
  disabled?: boolean | undefined;
  created: string;
  prefs: Prefs;
}

/**
 * PersonInput makes a local account; the answer holds a one-time link's path
 * by which the person sets a password.
 */
export interface PersonInput {
  name: string;
  username: string;
  admin?: boolean | undefined;
}

/** A Point is one measurement. */
export interface Point {
  id: string;
  time: string;
  value: number;
  /** diastolic */
  value2?: number | undefined;
  /** with the decimals of the record: "72.0", "118/76" */
  text: string;
  /** preliminary, amended … when not final */
  state?: string | undefined;
}

/** Prefs are how a person likes the pages. */
export interface Prefs {
  /** en or zh-TW; "" is the browser's */
  locale?: string | undefined;
  /** light, dark or contrast; "" is the system's */
  theme?: string | undefined;
  /** the one last used */
  space?: string | undefined;
  /** single-key shortcuts off (WCAG 2.1.4) */
  noShortcuts?: boolean | undefined;
}

/** PrefsInput changes the signed-in person's preferences. */
export interface PrefsInput {
  /** en or zh-TW; "" is the browser's */
  locale?: string | undefined;
  /** light, dark or contrast; "" is the system's */
  theme?: string | undefined;
  /** the one last used */
  space?: string | undefined;
  /** single-key shortcuts off (WCAG 2.1.4) */
  noShortcuts?: boolean | undefined;
}

/** PrintInput says that a list is printed. */
export interface PrintInput {
  list: string;
  /** pocket or table */
  layout: string;
  purpose?: string | undefined;
}

/**
 * A Problem is a failure that the asker can act on (RFC 9457). Title and
 * Detail are safe for strangers and hold no personal data.
 */
export interface Problem {
  status: number;
  /** stable, for the page: not-signed-in, forbidden, conflict, ehr-down … */
  code: string;
  title: string;
  /** what to do */
  detail?: string | undefined;
  /** Errors are mistakes in the input, by field. */
  errors?: Record<string, string> | undefined;
  /** Current is, for an edit conflict (412), what is there now. */
  current?: unknown | undefined;
  /** request id, filled at the edge */
  request?: string | undefined;
}

/** PurposeState tells whether the asker has said a purpose today. */
export interface PurposeState {
  known: boolean;
  purpose?: string | undefined;
}

/**
 * A Refresh is how a list's asking the EHR stands. One refresh serves all who
 * look.
 */
export interface Refresh {
  running: boolean;
  /** of Total calls of the running one */
  done: number;
  total: number;
  /** last that went well */
  last?: string | undefined;
  next?: string | undefined;
  /** why the last failed, safe to show */
  reason?: string | undefined;
  advice?: string | undefined;
  /** older than two intervals */
  stale: boolean;
  /** seconds, as backed off */
  every: number;
}

/** A Removed is an entry that left the list since the asker last looked. */
export interface Removed {
  entry: string;
  /** FAMILY, Given, while its values are kept */
  name: string;
  bed?: string | undefined;
  by: string;
  at: string;
  /** list id, when moved */
  to?: string | undefined;
  seq: number;
}

/**
 * ResourceSupport says of one resource type whether it is there, and what its
 * absence hides.
 */
export interface ResourceSupport {
  type: string;
  found: boolean;
  /** key of the catalogue */
  hides?: string | undefined;
}

/**
 * A Role is what a person may do in a space. Each includes the ones before it,
 * but the auditor, who sees the audit record and nothing else.
 */
export type Role = "viewer" | "member" | "owner" | "auditor" | "";

/** A Round is a walk along a list: who was seen. */
export interface Round {
  id: string;
  list: string;
  by: string;
  started: string;
  ended?: string | undefined;
  /** entry ids, as the list stood */
  order: string[];
  /** by entry id */
  seen: Record<string, SeenNote>;
}

/**
 * RoundInput begins a round (Order are the entries as they stand), ends it, or
 * marks a patient as seen or not.
 */
export interface RoundInput {
  list: string;
  /** start, seen, unseen or end */
  action: string;
  order?: string[] | undefined;
  entry?: string | undefined;
}

/** RoundState is the running round, if any. */
export interface RoundState {
  round?: Round | undefined;
}

/** A Schema is a set of columns that lists share. */
export interface Schema {
  /** rounding, nursing and handover are built in */
  id: string;
  space: string;
  name: string;
  columns: Column[];
  builtIn?: boolean | undefined;
  version: number;
}

/**
 * SchemaInput makes or changes a set of columns. Changing it changes every
 * list that uses it, and makes a copy where it is built in.
 */
export interface SchemaInput {
  space: string;
  /** "" makes one */
  schema?: string | undefined;
  version?: number | undefined;
  name: string;
  columns: Column[];
  /** this list uses it from now on */
  list?: string | undefined;
}

/**
 * SearchInput looks for patients in the space's record system. Text is the one
 * box, which says how it was read; the other fields are the advanced ones.
 */
export interface SearchInput {
  space: string;
  /** "" is the space's only one */
  connection?: string | undefined;
  text?: string | undefined;
  family?: string | undefined;
  given?: string | undefined;
  /** YYYY-MM-DD, or as people write it */
  born?: string | undefined;
  mrn?: string | undefined;
  id?: string | undefined;
  gender?: string | undefined;
  count?: number | undefined;
}

/** SearchResult is what was found, and how the text was read. */
export interface SearchResult {
  /**
   * Read says how the text was understood: name, family, given, born, mrn,
   * id, with the value as it was sent.
   */
  read: Field[];
  found: Found[];
  total: number;
  /** exact, atLeast or unknown */
  known: string;
  refused?: string | undefined;
}

/** A Section is one kind of data of one patient, whole (ui §6.1 P6). */
export interface Section {
  kind: Kind;
  status: Status;
  /** the connection's name */
  source?: string | undefined;
  /**
   * Identity is the number of the entry's identity cell when it was read: a
   * page that shows another shows another record's patient.
   */
  identity: number;
  asOf?: string | undefined;
  /** Reason and Advice say why it failed and what to do; safe to show. */
  reason?: string | undefined;
  advice?: string | undefined;
  /** Total is how many the source has; Complete that Items are all of them. */
  total: number;
  complete: boolean;
  /** Allergy is one of the four titles (PAB-0064), for allergies only. */
  allergy?: AllergyState | undefined;
  items?: Item[] | undefined;
  /** vitals only */
  series?: Series[] | undefined;
}

/** SectionInput names one section of an entry's patient. */
export interface SectionInput {
  entry: string;
  kind: string;
  /** page to the end instead of the first page */
  all?: boolean | undefined;
}

/**
 * SeenInput says what the asker has looked at, or has not after all. Only the
 * asker's marks are concerned.
 */
export interface SeenInput {
  list: string;
  /** UpTo is the newest seq that was on the screen. */
  upTo: number;
  /** Entry and Column narrow it to one row or cell; "" is all. */
  entry?: string | undefined;
  column?: string | undefined;
  /** Undo brings back the marks that the last call of this kind took. */
  undo?: boolean | undefined;
}

/** A SeenNote says who saw a patient on a round, and when. */
export interface SeenNote {
  by: string;
  at: string;
}

/** A Series is one vital sign over time, newest first. */
export interface Series {
  /** hr, bp, rr, spo2, temp, weight, height, bmi, pain, or a LOINC code */
  vital: string;
  /** as the record calls it */
  label: string;
  /** one unit per series; others are series of their own */
  unit: string;
  /**
   * Low and High are the normal band, and Min and Max the range of the axis;
   * nil where none is known. Low2 and High2 are the diastolic band.
   */
  low?: number | undefined;
  high?: number | undefined;
  low2?: number | undefined;
  high2?: number | undefined;
  min?: number | undefined;
  max?: number | undefined;
  /** whose normal band: "adults" */
  band?: string | undefined;
  points: Point[];
}

/** Session is who is signed in and what they can enter. */
export interface Session {
  /** absent when nobody is signed in */
  person?: Person | undefined;
  spaces: SpaceRef[];
  signIn: SignInWays;
  /** IdleMinutes until the screen locks. */
  idleMinutes: number;
  version: string;
  demo: boolean;
}

/** Settings of a space. */
export interface Settings {
  /** IANA time zone; times are shown in it */
  zone: string;
  /** seconds; 120 */
  refreshEvery: number;
  /** of last-seen EHR values after a patient left; 30 */
  retentionDays: number;
  /** until the screen locks; 15 */
  idleMinutes: number;
}

/** SignIn is a local sign-in, or the choice of a ready-made person. */
export interface SignIn {
  username?: string | undefined;
  password?: string | undefined;
  /** person id */
  demo?: string | undefined;
}

/** SignInWays are the ways to sign in here. */
export interface SignInWays {
  local: boolean;
  /** there is no account yet: the one-time link printed at start makes the first */
  firstRun: boolean;
  issuers: Issuer[];
  /** ready-made people; demo only */
  demo: DemoPerson[];
}

/** A Space is a care team's place: a team of Microsoft Teams or a local one. */
export interface Space {
  id: string;
  /** directory GUID; "" is local */
  tenant?: string | undefined;
  /** the team's id in Teams; "" is local */
  team?: string | undefined;
  name: string;
  /** EHR and Manual are the modes chosen at first run, or later both. */
  ehr: boolean;
  manual: boolean;
  settings: Settings;
  created: string;
  /** for If-Match-like edits */
  version: number;
}

/** SpaceID names a space in the path. */
export interface SpaceID {
  space: string;
}

/** SpaceInput makes a space. */
export interface SpaceInput {
  name: string;
  zone: string;
}

/** SpacePatch changes a space; absent fields stay. */
export interface SpacePatch {
  space: string;
  version: number;
  name?: string | undefined;
  /** first run: manual mode */
  manual?: boolean | undefined;
  settings?: Settings | undefined;
}

/** SpaceRef is a space the person can enter, or has asked to. */
export interface SpaceRef {
  id: string;
  name: string;
  /** "" while access is only asked for, or not at all */
  role?: Role | undefined;
  asked?: boolean | undefined;
  /** first run is over: it has a mode */
  started: boolean;
}

/** SpaceView is a space as a person in it sees it. */
export interface SpaceView {
  space: Space;
  role: Role;
  channels: Channel[];
  /** not the removed ones */
  connections: Connection[];
  /** all that can be chosen, in catalogue order */
  columns: Column[];
  schemas: Schema[];
  /** names: whom to ask */
  owners: string[];
  /** owners only */
  requests: AccessRequest[];
  /** members' names by id */
  people: Record<string, string>;
}

/** A State tells whether an entry still is who it was. */
export type State = "ok" | "mismatch" | "merged" | "gone" | "unlinked";

/**
 * A Status says how asking for something went. It is never left to be guessed
 * from emptiness (ui §2.2, §6.1).
 */
export type Status = "pending" | "loaded" | "none" | "unsupported" | "failed";

/** StreamInput reads a list's events. */
export interface StreamInput {
  list: string;
  /** the last seq that was received */
  after?: number | undefined;
}

/** A Subject is whom an entry is about. */
export interface Subject {
  /** "" is typed by hand */
  connection?: string | undefined;
  /** FHIR id within the connection */
  patient?: string | undefined;
}

/** Ticket is a path that works once, within 60 seconds. */
export interface Ticket {
  path: string;
}

/** TicketID names a ticket. */
export interface TicketID {
  ticket: string;
}

/** A Todo is something to be done for a patient. */
export interface Todo {
  id: string;
  entry: string;
  text: string;
  /** person id */
  owner?: string | undefined;
  /** YYYY-MM-DD or RFC 3339 */
  due?: string | undefined;
  done: boolean;
  doneBy?: string | undefined;
  doneAt?: string | undefined;
  by: string;
  at: string;
  version: number;
}

/** TodoInput makes a to-do. */
export interface TodoInput {
  entry: string;
  text: string;
  owner?: string | undefined;
  due?: string | undefined;
}

/** TodoPatch changes a to-do; Version is the one the asker saw. */
export interface TodoPatch {
  todo: string;
  version: number;
  text?: string | undefined;
  owner?: string | undefined;
  due?: string | undefined;
  done?: boolean | undefined;
}

/** TodoRemoval removes a to-do; Version is the one the asker saw. */
export interface TodoRemoval {
  todo: string;
  version?: number | undefined;
}

/** A View is how one person likes one list: it persists (PAL-0790). */
export interface View {
  /** keys, when not the schema's */
  columns?: string[] | undefined;
  /** column key, "bed" or "name"; "-" before it is descending; "" is bed */
  sort?: string | undefined;
  filter?: Filter | undefined;
  /** "", severity, location, owner, gender or a custom choice column */
  group?: string | undefined;
}

/** ViewInput keeps how the asker likes a list. */
export interface ViewInput {
  list: string;
  /** keys, when not the schema's */
  columns?: string[] | undefined;
  /** column key, "bed" or "name"; "-" before it is descending; "" is bed */
  sort?: string | undefined;
  filter?: Filter | undefined;
  /** "", severity, location, owner, gender or a custom choice column */
  group?: string | undefined;
}

/** The client: one function per operation. A failure is thrown as an ApiProblem. */
export function createApi(send: Send) {
  return {
    /** Who is signed in, and the ways to sign in */
    getSession: (options?: CallOptions): Promise<Session> => call<Session>(send, "GET", "/api/session", undefined, options),
    /** Sign in with a local account, or as a ready-made person of the demo */
    signIn: (input: SignIn, options?: CallOptions): Promise<Session> => call<Session>(send, "POST", "/api/session", input, options),
    /** Sign out */
    signOut: (options?: CallOptions): Promise<void> => call<void>(send, "DELETE", "/api/session", undefined, options),
    /** Say that the person is still there */
    keepSession: (options?: CallOptions): Promise<void> => call<void>(send, "POST", "/api/session/keep", undefined, options),
    /** Make an account with a one-time link */
    firstAccount: (input: FirstAccount, options?: CallOptions): Promise<Session> => call<Session>(send, "POST", "/api/session/first", input, options),
    /** Change one's own password; every other session of the person ends */
    changePassword: (input: PasswordChange, options?: CallOptions): Promise<void> => call<void>(send, "PUT", "/api/session/password", input, options),
    /** Change one's own preferences */
    setPrefs: (input: PrefsInput, options?: CallOptions): Promise<Person> => call<Person>(send, "PUT", "/api/session/prefs", input, options),
    /** Make a local account */
    createPerson: (input: PersonInput, options?: CallOptions): Promise<Invited> => call<Invited>(send, "POST", "/api/people", input, options),
    /** Make a space; who makes it owns it */
    createSpace: (input: SpaceInput, options?: CallOptions): Promise<SpaceView> => call<SpaceView>(send, "POST", "/api/patients/spaces", input, options),
    /** A space, its connections, columns and who owns it */
    getSpace: (input: SpaceID, options?: CallOptions): Promise<SpaceView> => call<SpaceView>(send, "GET", `/api/patients/spaces/${encodeURIComponent(input.space)}`, undefined, options),
    /** Change a space, or choose manual mode */
    changeSpace: (input: SpacePatch, options?: CallOptions): Promise<SpaceView> => {
      const { space, ...body } = input;
      return call<SpaceView>(send, "PATCH", `/api/patients/spaces/${encodeURIComponent(space)}`, body, options);
    },
    /** Who may enter */
    getMembers: (input: SpaceID, options?: CallOptions): Promise<Members> => call<Members>(send, "GET", `/api/patients/spaces/${encodeURIComponent(input.space)}/members`, undefined, options),
    /** Give a person a role, or none */
    setMember: (input: MemberInput, options?: CallOptions): Promise<Members> => {
      const { space, person, ...body } = input;
      return call<Members>(send, "PUT", `/api/patients/spaces/${encodeURIComponent(space)}/members/${encodeURIComponent(person)}`, body, options);
    },
    /** Ask for a role */
    askAccess: (input: AccessAsk, options?: CallOptions): Promise<void> => {
      const { space, ...body } = input;
      return call<void>(send, "POST", `/api/patients/spaces/${encodeURIComponent(space)}/access`, body, options);
    },
    /** Grant or refuse a request */
    decideAccess: (input: AccessDecision, options?: CallOptions): Promise<Members> => {
      const { space, person, ...body } = input;
      return call<Members>(send, "POST", `/api/patients/spaces/${encodeURIComponent(space)}/access/${encodeURIComponent(person)}`, body, options);
    },
    /** Who did what, newest first */
    searchAudit: (input: AuditQuery, options?: CallOptions): Promise<AuditPage> => call<AuditPage>(send, "GET", withQuery(`/api/patients/spaces/${encodeURIComponent(input.space)}/audit`, { entry: input.entry, connection: input.connection, patient: input.patient, person: input.person, operation: input.operation, since: input.since, cursor: input.cursor, limit: input.limit }), undefined, options),
    /** A space's lists */
    getLists: (input: SpaceID, options?: CallOptions): Promise<Lists> => call<Lists>(send, "GET", `/api/patients/spaces/${encodeURIComponent(input.space)}/lists`, undefined, options),
    /** Make a list, empty or as a copy */
    createList: (input: ListInput, options?: CallOptions): Promise<List> => {
      const { space, ...body } = input;
      return call<List>(send, "POST", `/api/patients/spaces/${encodeURIComponent(space)}/lists`, body, options);
    },
    /** A list as the asker sees it: own data and last-seen values */
    getList: (input: ListID, options?: CallOptions): Promise<ListView> => call<ListView>(send, "GET", `/api/patients/lists/${encodeURIComponent(input.list)}`, undefined, options),
    /** Rename a list, make it the default, set beds or columns */
    changeList: (input: ListPatch, options?: CallOptions): Promise<List> => {
      const { list, ...body } = input;
      return call<List>(send, "PATCH", `/api/patients/lists/${encodeURIComponent(list)}`, body, options);
    },
    /** Delete a list; it can be restored for 30 days */
    deleteList: (input: ListID, options?: CallOptions): Promise<void> => call<void>(send, "DELETE", `/api/patients/lists/${encodeURIComponent(input.list)}`, undefined, options),
    /** Restore a deleted list */
    restoreList: (input: ListID, options?: CallOptions): Promise<List> => call<List>(send, "POST", `/api/patients/lists/${encodeURIComponent(input.list)}/restore`, undefined, options),
    /** Keep one's own columns, order, filter and group */
    setView: (input: ViewInput, options?: CallOptions): Promise<View> => {
      const { list, ...body } = input;
      return call<View>(send, "PUT", `/api/patients/lists/${encodeURIComponent(list)}/view`, body, options);
    },
    /** Make or change a set of columns for everyone */
    saveSchema: (input: SchemaInput, options?: CallOptions): Promise<Schema> => {
      const { space, ...body } = input;
      return call<Schema>(send, "POST", `/api/patients/spaces/${encodeURIComponent(space)}/schemas`, body, options);
    },
    /** Put patients on a list */
    addPatients: (input: AddInput, options?: CallOptions): Promise<Added> => {
      const { list, ...body } = input;
      return call<Added>(send, "POST", `/api/patients/lists/${encodeURIComponent(list)}/entries`, body, options);
    },
    /** Who looks the same */
    checkDuplicates: (input: DuplicateCheck, options?: CallOptions): Promise<Duplicates> => {
      const { space, ...body } = input;
      return call<Duplicates>(send, "POST", `/api/patients/spaces/${encodeURIComponent(space)}/duplicates`, body, options);
    },
    /** Remove, restore, move or copy patients */
    changeEntries: (input: EntriesInput, options?: CallOptions): Promise<EntriesDone> => {
      const { list, ...body } = input;
      return call<EntriesDone>(send, "POST", `/api/patients/lists/${encodeURIComponent(list)}/entries/actions`, body, options);
    },
    /** The page of one patient */
    getPatient: (input: PatientInput, options?: CallOptions): Promise<PatientView> => call<PatientView>(send, "GET", withQuery(`/api/patients/entries/${encodeURIComponent(input.entry)}`, { again: input.again }), undefined, options),
    /** Change one of our own cells */
    setField: (input: FieldInput, options?: CallOptions): Promise<Cell> => {
      const { entry, column, ...body } = input;
      return call<Cell>(send, "PUT", `/api/patients/entries/${encodeURIComponent(entry)}/fields/${encodeURIComponent(column)}`, body, options);
    },
    /** Add a to-do */
    addTodo: (input: TodoInput, options?: CallOptions): Promise<Todo> => {
      const { entry, ...body } = input;
      return call<Todo>(send, "POST", `/api/patients/entries/${encodeURIComponent(entry)}/todos`, body, options);
    },
    /** Change or tick off a to-do */
    changeTodo: (input: TodoPatch, options?: CallOptions): Promise<Todo> => {
      const { todo, ...body } = input;
      return call<Todo>(send, "PATCH", `/api/patients/todos/${encodeURIComponent(todo)}`, body, options);
    },
    /** Remove a to-do */
    deleteTodo: (input: TodoRemoval, options?: CallOptions): Promise<void> => call<void>(send, "DELETE", withQuery(`/api/patients/todos/${encodeURIComponent(input.todo)}`, { version: input.version }), undefined, options),
    /** Write a note */
    addNote: (input: NoteInput, options?: CallOptions): Promise<Note> => {
      const { entry, ...body } = input;
      return call<Note>(send, "POST", `/api/patients/entries/${encodeURIComponent(entry)}/notes`, body, options);
    },
    /** Change, amend or pin a note */
    changeNote: (input: NotePatch, options?: CallOptions): Promise<Note> => {
      const { note, ...body } = input;
      return call<Note>(send, "PATCH", `/api/patients/notes/${encodeURIComponent(note)}`, body, options);
    },
    /** Delete one's own note */
    deleteNote: (input: NoteID, options?: CallOptions): Promise<void> => call<void>(send, "DELETE", `/api/patients/notes/${encodeURIComponent(input.note)}`, undefined, options),
    /** One's own drafts */
    getDrafts: (options?: CallOptions): Promise<Drafts> => call<Drafts>(send, "GET", "/api/patients/drafts", undefined, options),
    /** Keep or remove a draft */
    setDraft: (input: DraftInput, options?: CallOptions): Promise<void> => {
      const { key, ...body } = input;
      return call<void>(send, "PUT", `/api/patients/drafts/${encodeURIComponent(key)}`, body, options);
    },
    /** Say what one has looked at */
    markSeen: (input: SeenInput, options?: CallOptions): Promise<Marks> => {
      const { list, ...body } = input;
      return call<Marks>(send, "POST", `/api/patients/lists/${encodeURIComponent(list)}/seen`, body, options);
    },
    /** Begin, go on with or end a round */
    changeRound: (input: RoundInput, options?: CallOptions): Promise<RoundState> => {
      const { list, ...body } = input;
      return call<RoundState>(send, "POST", `/api/patients/lists/${encodeURIComponent(list)}/round`, body, options);
    },
    /** Whether a purpose was said today */
    getPurpose: (options?: CallOptions): Promise<PurposeState> => call<PurposeState>(send, "GET", "/api/patients/purpose", undefined, options),
    /** Ask for a list as a file */
    exportList: (input: ExportInput, options?: CallOptions): Promise<Ticket> => {
      const { list, ...body } = input;
      return call<Ticket>(send, "POST", `/api/patients/lists/${encodeURIComponent(list)}/exports`, body, options);
    },
    /** Fetch a file once */
    /* Gives the path of the file. */
    download: (input: TicketID): string => `/api/patients/downloads/${encodeURIComponent(input.ticket)}`,
    /** Say that a list is printed */
    printList: (input: PrintInput, options?: CallOptions): Promise<void> => {
      const { list, ...body } = input;
      return call<void>(send, "POST", `/api/patients/lists/${encodeURIComponent(list)}/prints`, body, options);
    },
    /** Say that a summary is copied */
    copyPatient: (input: CopyInput, options?: CallOptions): Promise<void> => {
      const { entry, ...body } = input;
      return call<void>(send, "POST", `/api/patients/entries/${encodeURIComponent(entry)}/copies`, body, options);
    },
    /** Ready-made partners */
    getConnectionChoices: (input: SpaceID, options?: CallOptions): Promise<ConnectionChoices> => call<ConnectionChoices>(send, "GET", `/api/patients/spaces/${encodeURIComponent(input.space)}/connection-choices`, undefined, options),
    /** Try a link step by step and, with save, make the connection */
    connect: (input: ConnectInput, options: StreamOptions<ConnectStep>): Promise<void> => {
      const { space, ...body } = input;
      return stream<ConnectStep>(send, "POST", `/api/patients/spaces/${encodeURIComponent(space)}/connections`, body, options);
    },
    /** Try an existing connection step by step */
    testConnection: (input: ConnectionID, options: StreamOptions<ConnectStep>): Promise<void> => stream<ConnectStep>(send, "POST", `/api/patients/spaces/${encodeURIComponent(input.space)}/connections/${encodeURIComponent(input.connection)}/test`, undefined, options),
    /** Remove a connection; entries keep their last-seen values */
    removeConnection: (input: ConnectionID, options?: CallOptions): Promise<void> => call<void>(send, "DELETE", `/api/patients/spaces/${encodeURIComponent(input.space)}/connections/${encodeURIComponent(input.connection)}`, undefined, options),
    /** Look for patients in the EHR */
    searchPatients: (input: SearchInput, options?: CallOptions): Promise<SearchResult> => {
      const { space, ...body } = input;
      return call<SearchResult>(send, "POST", `/api/patients/spaces/${encodeURIComponent(space)}/search`, body, options);
    },
    /** Resolve a pasted column of record numbers */
    pastePatients: (input: PasteInput, options?: CallOptions): Promise<PasteResult> => {
      const { space, ...body } = input;
      return call<PasteResult>(send, "POST", `/api/patients/spaces/${encodeURIComponent(space)}/paste`, body, options);
    },
    /** One section of a patient's record */
    getSection: (input: SectionInput, options?: CallOptions): Promise<Section> => call<Section>(send, "GET", withQuery(`/api/patients/entries/${encodeURIComponent(input.entry)}/sections/${encodeURIComponent(input.kind)}`, { all: input.all }), undefined, options),
    /** Settle a mismatch, a merge or an unlinked entry */
    decideIdentity: (input: IdentityDecision, options?: CallOptions): Promise<Entry> => {
      const { entry, ...body } = input;
      return call<Entry>(send, "POST", `/api/patients/entries/${encodeURIComponent(entry)}/identity`, body, options);
    },
    /** Ask the EHR now */
    refreshList: (input: ListID, options?: CallOptions): Promise<Refresh> => call<Refresh>(send, "POST", `/api/patients/lists/${encodeURIComponent(input.list)}/refresh`, undefined, options),
    /** What changes on a list, as it happens */
    streamList: (input: StreamInput, options: StreamOptions<Event>): Promise<void> => stream<Event>(send, "GET", withQuery(`/api/patients/lists/${encodeURIComponent(input.list)}/stream`, { after: input.after }), undefined, options),
  };
}

/** What createApi gives. */
export type Api = ReturnType<typeof createApi>;
