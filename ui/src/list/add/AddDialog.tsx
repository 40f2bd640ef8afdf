import { Button } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { AddPatient, Duplicate, List } from "../../api/gen";
import { api, keys, reasonText, useFormat, useSpace, useT, useToast } from "../../common";
import { Frame } from "../Dialogs";
import css from "../list.module.css";
import { useLists } from "../useLists";
import type { Screen } from "../useScreen";
import { Manual } from "./Manual";
import { Paste } from "./Paste";
import { type Placed, placed } from "./placed";
import { Search } from "./Search";
import { Who } from "./Who";

type Way = "search" | "paste" | "manual";

// AddTo is how a way of adding gives over who was chosen; it says whether all
// are on the list now.
export type AddTo = (patients: AddPatient[]) => Promise<boolean>;

// AddDialog puts patients on a list (P4): found in the record system, by a
// pasted column of numbers, or typed by hand.
export default function AddDialog({ screen, onClose }: { screen: Screen; onClose: () => void }) {
  const t = useT();
  const space = useSpace();
  const connections = space.connections;
  const [way, setWay] = useState<Way>(connections.length > 0 ? "search" : "manual");
  const [connection, setConnection] = useState(connections[0]?.id ?? "");
  const [target, setTarget] = useState(screen.data.list.id);
  const [numbers, setNumbers] = useState("");
  // The buttons of the question about duplicates go with it; the focus stays.
  const done = useRef<HTMLButtonElement>(null);
  const lists = useLists(screen.data.list.space).data?.lists ?? [screen.data.list];
  const { add, addAnyway, added, duplicates, setDuplicates, busy } = useAdd(screen, target, lists);
  const ways: Way[] = connections.length > 0 ? ["search", "paste", "manual"] : ["manual"];
  return (
    <Frame
      title={t("list.add.title")}
      wide
      onClose={onClose}
      actions={
        <Button ref={done} onClick={onClose}>
          {t("list.add.done")}
        </Button>
      }
    >
      {ways.length > 1 && (
        <div className={css.row} role="toolbar" aria-label={t("list.add.how")}>
          {ways.map((one) => (
            <Button
              key={one}
              appearance={way === one ? "primary" : "secondary"}
              aria-pressed={way === one}
              onClick={() => setWay(one)}
            >
              {t(`list.add.way.${one}`)}
            </Button>
          ))}
        </div>
      )}
      <div className={css.row}>
        {way !== "manual" && connections.length > 1 && (
          <Choose
            label={t("list.add.from")}
            value={connection}
            options={connections.map((c) => [c.id, c.name])}
            onChange={setConnection}
          />
        )}
        {lists.length > 1 && (
          <Choose
            label={t("list.add.to")}
            value={target}
            options={lists.map((l) => [l.id, l.name])}
            onChange={setTarget}
          />
        )}
      </div>
      {way === "search" && (
        <Search
          key={connection}
          space={space.space.id}
          connection={connection}
          added={added}
          onAdd={add}
          busy={busy}
          onNumbers={(text) => {
            setNumbers(text);
            setWay("paste");
          }}
        />
      )}
      {way === "paste" && (
        <Paste
          key={connection}
          space={space.space.id}
          connection={connection}
          initial={numbers}
          added={added}
          onAdd={add}
          busy={busy}
        />
      )}
      {way === "manual" && <Manual space={space.space.id} onAdd={add} busy={busy} />}
      {duplicates.length > 0 && (
        <Doubled
          duplicates={duplicates}
          target={target}
          busy={busy}
          onAnyway={async (patients) => {
            if (await addAnyway(patients)) done.current?.focus();
          }}
          onLeave={() => {
            setDuplicates([]);
            done.current?.focus();
          }}
        />
      )}
    </Frame>
  );
}

interface Left {
  patient: AddPatient;
  found: Duplicate[];
}

// useAdd adds patients and shows them in their places at once. What it added is
// remembered, so that whoever was found says so.
function useAdd(screen: Screen, target: string, lists: readonly List[]) {
  const t = useT();
  const f = useFormat();
  const toast = useToast();
  const client = useQueryClient();
  const [duplicates, setDuplicates] = useState<Left[]>([]);
  const [busy, setBusy] = useState(false);
  const [added, setAdded] = useState<Placed>(new Map());
  // send says who was left over, or nothing where it failed.
  const send = async (patients: AddPatient[], again: boolean): Promise<Left[] | undefined> => {
    setBusy(true);
    try {
      const done = await api.addPatients({ list: target, patients, again });
      const left = patients.flatMap((patient, i): Left[] => {
        const found = done.duplicates.filter((d) => d.index === i);
        return found.length > 0 ? [{ patient, found }] : [];
      });
      if (done.entries.length > 0) {
        const only = done.entries.length === 1 ? done.entries[0] : undefined;
        const who = only ? f.name(only.identity) : t("list.count.all", { count: done.entries.length });
        toast({ text: t("list.add.added", { who }) });
        setAdded((before) => placed(before, done.entries, lists));
        void client.invalidateQueries({ queryKey: keys.lists(screen.data.list.space) });
      }
      if (target === screen.data.list.id && done.entries.length > 0) {
        screen.showSoon();
        const here = new Set(done.entries.map((e) => e.id));
        screen.live.change((v) => ({
          ...v,
          entries: [...v.entries.filter((e) => !here.has(e.id)), ...done.entries],
        }));
      }
      return left;
    } catch (error) {
      toast({ text: t("list.save.failed", { why: reasonText(t, error) }), tone: "failed" });
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  const add: AddTo = async (patients) => {
    const left = await send(patients, false);
    if (left) setDuplicates(left);
    return left?.length === 0;
  };
  // addAnyway adds some of those who were left over, and says whether there are
  // none any more.
  const addAnyway: AddTo = async (patients) => {
    const left = await send(patients, true);
    if (!left) return false;
    const rest = [...duplicates.filter((d) => !patients.includes(d.patient)), ...left];
    setDuplicates(rest);
    return rest.length === 0;
  };
  return { add, addAnyway, added, duplicates, setDuplicates, busy };
}

// Doubled says who looks like someone who is there already, and lets a person
// decide, of each or of all.
function Doubled(props: {
  duplicates: Left[];
  target: string;
  busy: boolean;
  onAnyway: (patients: AddPatient[]) => Promise<void>;
  onLeave: () => void;
}) {
  const t = useT();
  const f = useFormat();
  // Below many results nobody would see it.
  const box = useRef<HTMLDivElement>(null);
  const { duplicates, target, busy } = props;
  // A record is on a list once, whatever a person decides.
  const differing = duplicates
    .filter(({ found }) => !found.some((d) => d.why === "subject" && d.list === target))
    .map((d) => d.patient);
  // The pressed button goes with its patient; the focus stays.
  const anyway = async (patients: AddPatient[]) => {
    await props.onAnyway(patients);
    box.current?.focus();
  };
  useEffect(() => {
    if (duplicates.length > 0) box.current?.scrollIntoView({ block: "nearest" });
  }, [duplicates]);
  return (
    <div ref={box} tabIndex={-1} role="alert" className={`${css.warn} ${css.stacked}`}>
      <strong>{t("list.add.doubled", { count: duplicates.length })}</strong>
      <ul className={css.items}>
        {duplicates.map(({ patient, found }) => (
          <li
            key={`${patient.subject?.patient ?? ""} ${patient.identity.mrn ?? ""} ${patient.identity.family ?? ""}`}
          >
            <Who identity={patient.identity} />
            {found.map((d) => (
              <div key={d.entry} className={css.quiet}>
                {t("list.add.like", { why: t.dyn(`list.add.why.${d.why}`, d.why), list: d.listName })}
                <Who identity={d.identity} />
              </div>
            ))}
            {differing.length > 1 && differing.includes(patient) && (
              <Button
                size="small"
                disabledFocusable={busy}
                aria-label={t("list.add.anywayWho", { who: f.name(patient.identity) })}
                onClick={() => void anyway([patient])}
              >
                {t("list.add.anyway")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <div className={css.row}>
        <Button size="small" onClick={props.onLeave}>
          {t("list.add.leave")}
        </Button>
        {differing.length > 0 && (
          <Button
            size="small"
            appearance="primary"
            disabledFocusable={busy}
            onClick={() => void anyway(differing)}
          >
            {differing.length > 1
              ? t("list.add.anywayAll", { count: differing.length })
              : t("list.add.anyway")}
          </Button>
        )}
      </div>
    </div>
  );
}

function Choose(props: {
  label: string;
  value: string;
  options: [string, string][];
  onChange: (value: string) => void;
}) {
  return (
    <label className={css.row}>
      <span className={css.label}>{props.label}</span>
      <select
        className={css.select}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      >
        {props.options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
