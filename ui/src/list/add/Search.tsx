import { Button } from "@fluentui/react-components";
import { type ClipboardEvent, type FormEvent, useEffect, useId, useRef, useState } from "react";
import type { SearchInput, SearchResult } from "../../api/gen";
import { api, Failure, useAnnounce, useFormat, useT } from "../../common";
import { useFocusSoon } from "../../common/focus";
import { DemoNames } from "../../setup/DemoNames";
import css from "../list.module.css";
import { isColumn } from "../paste";
import { isComposing } from "../typing";
import type { AddTo } from "./AddDialog";
import { keyOf, onLists, type Placed } from "./placed";
import { Who } from "./Who";

type Fields = Pick<SearchInput, "family" | "given" | "born" | "mrn" | "id" | "gender">;

// slowAfter is when waiting is said to be long, in milliseconds.
const slowAfter = 4000;

// Search looks for patients in the record system: one box, which says how it
// was read, and separate fields for those who want them.
export function Search(props: {
  space: string;
  connection: string;
  added: Placed;
  onAdd: AddTo;
  busy: boolean;
  onNumbers: (text: string) => void;
}) {
  const t = useT();
  const id = useId();
  const [text, setText] = useState("");
  const [advanced, setAdvanced] = useState(false);
  const [fields, setFields] = useState<Fields>({});
  const box = useFocusSoon<HTMLInputElement>();
  const search = useSearch(props.space, props.connection);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const filled = advanced ? Object.fromEntries(Object.entries(fields).filter(([, v]) => v?.trim())) : {};
    if (text.trim() || Object.keys(filled).length > 0)
      void search.run({ ...filled, ...(text.trim() ? { text: text.trim() } : {}) });
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData("text");
    if (!isColumn(pasted)) return;
    event.preventDefault();
    props.onNumbers(pasted);
  };
  return (
    <form className={css.stacked} onSubmit={submit}>
      <label htmlFor={`${id}t`}>{t("list.add.box")}</label>
      <div className={css.searchRow}>
        <input
          id={`${id}t`}
          ref={box}
          type="search"
          autoComplete="off"
          className={css.input}
          value={text}
          aria-describedby={`${id}h`}
          onChange={(event) => setText(event.target.value)}
          onPaste={onPaste}
          onKeyDown={(event) => {
            // A form is sent by Enter even while signs are being chosen.
            if (event.key === "Enter" && isComposing(event)) event.preventDefault();
          }}
        />
        {search.busy ? (
          <Button onClick={search.cancel}>{t("action.cancel")}</Button>
        ) : (
          <Button type="submit" appearance="primary">
            {t("action.search")}
          </Button>
        )}
      </div>
      <span id={`${id}h`} className={css.quiet}>
        {t("list.add.hint")}
      </span>
      <DemoNames
        onPick={(name) => {
          setText(name);
          void search.run({ text: name });
        }}
      />
      <div>
        <button
          type="button"
          className={css.small}
          aria-expanded={advanced}
          onClick={() => setAdvanced(!advanced)}
        >
          {advanced ? "▾" : "▸"} {t("list.add.advanced")}
        </button>
      </div>
      {advanced && <Advanced fields={fields} onChange={setFields} />}
      {search.busy && (
        <p role="status">
          <progress aria-label={t("list.add.searching")} />{" "}
          {search.slow ? t("list.add.slow") : t("list.add.searching")}
        </p>
      )}
      {search.error !== null && <Failure of={search.error} onRetry={search.again} />}
      {search.result && !search.busy && (
        <Results result={search.result} added={props.added} onAdd={props.onAdd} busy={props.busy} />
      )}
    </form>
  );
}

// useSearch runs one search at a time; a new one, or a cancel, ends the one
// before.
function useSearch(space: string, connection: string) {
  const [result, setResult] = useState<SearchResult | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [slow, setSlow] = useState(false);
  const running = useRef<AbortController | null>(null);
  const last = useRef<Partial<SearchInput>>({});
  useEffect(() => () => running.current?.abort(), []);
  const run = async (input: Partial<SearchInput>) => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    last.current = input;
    setBusy(true);
    setSlow(false);
    setError(null);
    const timer = setTimeout(() => setSlow(true), slowAfter);
    try {
      const found = await api.searchPatients(
        { space, connection, count: 50, ...input },
        { signal: mine.signal },
      );
      if (!mine.signal.aborted) setResult(found);
    } catch (cause) {
      if (!mine.signal.aborted) {
        setError(cause);
        setResult(null);
      }
    } finally {
      clearTimeout(timer);
      if (running.current === mine) setBusy(false);
    }
  };
  const cancel = () => {
    running.current?.abort();
    running.current = null;
    setBusy(false);
  };
  return { result, error, busy, slow, run, cancel, again: () => void run(last.current) };
}

const advancedFields = ["family", "given", "born", "mrn", "id"] as const;

function Advanced({ fields, onChange }: { fields: Fields; onChange: (fields: Fields) => void }) {
  const t = useT();
  return (
    <div className={css.fields}>
      {advancedFields.map((field) => (
        <label key={field} className={css.field}>
          <span className={css.label}>{t(`list.field.${field}`)}</span>
          <input
            className={css.input}
            autoComplete="off"
            value={fields[field] ?? ""}
            onChange={(event) => onChange({ ...fields, [field]: event.target.value })}
          />
        </label>
      ))}
      <GenderField value={fields.gender ?? ""} onChange={(gender) => onChange({ ...fields, gender })} />
    </div>
  );
}

export function GenderField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useT();
  return (
    <label className={css.field}>
      <span className={css.label}>{t("list.field.gender")}</span>
      <select className={css.input} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="" />
        {(["female", "male", "other", "unknown"] as const).map((gender) => (
          <option key={gender} value={gender}>
            {t(`gender.${gender}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Results(props: { result: SearchResult; added: Placed; onAdd: AddTo; busy: boolean }) {
  const { result, added, onAdd, busy } = props;
  const t = useT();
  const announce = useAnnounce();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const says = totalText(t, result);
  // Another search may find as many.
  useEffect(() => {
    setChosen(new Set());
    announce(totalText(t, result));
  }, [t, result, announce]);
  const picked = result.found.filter((f) => chosen.has(keyOf(f)));
  // Who is chosen while others are being added stays chosen.
  const add = async () => {
    const added = new Set(picked.map(keyOf));
    await onAdd(picked.map(({ subject, identity }) => ({ subject, identity })));
    setChosen((now) => new Set([...now].filter((key) => !added.has(key))));
  };
  return (
    <section className={css.stacked} aria-label={t("list.add.results")}>
      <p>
        <Read result={result} /> <strong>{says}</strong>
      </p>
      {result.refused && (
        <p className={css.warn}>{t.dyn(`list.add.refused.${result.refused}`, result.refused)}</p>
      )}
      <ul className={css.results}>
        {result.found.map((found) => (
          <li key={keyOf(found)}>
            <label className={css.checkLabel}>
              <input
                type="checkbox"
                className={css.check}
                checked={chosen.has(keyOf(found))}
                onChange={(event) => setChosen(toggled(chosen, keyOf(found), event.target.checked))}
              />
              <Who identity={found.identity} location={found.location} on={onLists(found, added)} />
            </label>
          </li>
        ))}
      </ul>
      {result.found.length > 0 && (
        <div className={css.stickyAdd}>
          <Button
            appearance="primary"
            disabledFocusable={picked.length === 0 || busy}
            onClick={() => void add()}
          >
            {t("list.add.count", { count: picked.length })}
          </Button>
        </div>
      )}
    </section>
  );
}

export function toggled(set: ReadonlySet<string>, key: string, on: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (on) next.add(key);
  else next.delete(key);
  return next;
}

// Read says how the text was understood: a birth date that was taken for a
// number would find the wrong person.
function Read({ result }: { result: SearchResult }) {
  const t = useT();
  const f = useFormat();
  if (result.read.length === 0) return null;
  const parts = result.read.map(({ label, value }) => {
    const text =
      label === "born" ? f.date(value) : label === "gender" ? t.dyn(`gender.${value}`, value) : value;
    return `${t.dyn(`list.field.${label}`, label)} ${text}`;
  });
  return <span>{t("list.add.read", { what: parts.join(", ") })}</span>;
}

// totalText says how many there are: exactly, at least, or not said by the
// record system.
function totalText(t: ReturnType<typeof useT>, result: SearchResult): string {
  const shown = result.found.length;
  if (shown === 0) return t("list.add.none");
  if (result.known === "unknown") return t("list.add.noTotal", { count: shown });
  if (result.known === "atLeast") return t("list.add.atLeast", { shown, count: result.total });
  if (result.total > shown) return t("list.add.many", { shown, count: result.total });
  return t("list.add.found", { count: shown });
}
