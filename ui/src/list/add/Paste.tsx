import { Button } from "@fluentui/react-components";
import { useId, useState } from "react";
import type { Found, PasteLine } from "../../api/gen";
import { api, Failure, reasonText, useT } from "../../common";
import css from "../list.module.css";
import { readNumbers } from "../paste";
import type { AddTo } from "./AddDialog";
import { keyOf, onLists, type Placed } from "./placed";
import { toggled } from "./Search";
import { Who } from "./Who";

// Paste takes a column of record numbers, shows whom each leads to, and adds
// those that a person has looked at.
export function Paste(props: {
  space: string;
  connection: string;
  initial: string;
  added: Placed;
  onAdd: AddTo;
  busy: boolean;
}) {
  const t = useT();
  const id = useId();
  const [text, setText] = useState(props.initial);
  const [lines, setLines] = useState<PasteLine[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const { numbers, over } = readNumbers(text);
  const resolve = async () => {
    setBusy(true);
    setError(null);
    try {
      const { lines: found } = await api.pastePatients({
        space: props.space,
        connection: props.connection,
        mrns: numbers,
      });
      setLines(found);
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={css.stacked}>
      <label htmlFor={id}>{t("list.paste.box")}</label>
      <textarea
        id={id}
        className={css.input}
        rows={lines ? 3 : 8}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setLines(null);
        }}
      />
      <div className={css.row}>
        <Button
          appearance={lines ? "secondary" : "primary"}
          disabled={numbers.length === 0 || busy}
          onClick={() => void resolve()}
        >
          {t("list.paste.resolve", { count: numbers.length })}
        </Button>
        {over > 0 && <span className={css.warn}>{t("list.paste.over", { count: over })}</span>}
        {busy && <span role="status">{t("list.add.searching")}</span>}
      </div>
      {error !== null && <Failure of={error} onRetry={() => void resolve()} />}
      {lines && <Review lines={lines} added={props.added} onAdd={props.onAdd} busy={props.busy} />}
    </div>
  );
}

// surely is who can be added unasked: one person, who is on no list yet.
function surely(lines: readonly PasteLine[]): Set<string> {
  const only = lines.flatMap((line) => (line.outcome === "found" && line.found?.[0] ? [line.found[0]] : []));
  return new Set(only.filter((found) => !found.on?.length).map(keyOf));
}

function Review(props: { lines: PasteLine[]; added: Placed; onAdd: AddTo; busy: boolean }) {
  const { lines, added, onAdd, busy } = props;
  const t = useT();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => surely(lines));
  const all = new Map(
    lines.flatMap((line) => (line.found ?? []).map((found): [string, Found] => [keyOf(found), found])),
  );
  const picked = [...all.values()].filter((found) => chosen.has(keyOf(found)));
  const missed = lines.filter((line) => line.outcome === "none" || line.outcome === "failed");
  return (
    <section className={css.stacked} aria-label={t("list.add.results")}>
      <p role="status">
        {t("list.paste.review", { found: lines.length - missed.length, count: lines.length })}
      </p>
      <ul className={css.results}>
        {lines.map((line) => (
          <li key={line.mrn}>
            {line.outcome === "several" && (
              <div className={css.warn}>{t("list.paste.several", { mrn: line.mrn })}</div>
            )}
            {line.outcome === "none" && (
              <div className={css.warn}>{t("list.paste.none", { mrn: line.mrn })}</div>
            )}
            {line.outcome === "failed" && (
              <div className={css.warn}>
                {t("list.paste.failed", { mrn: line.mrn })} {line.reason && reasonText(t, line.reason)}
              </div>
            )}
            {line.found?.map((found) => (
              <label key={keyOf(found)} className={css.checkLabel}>
                <input
                  type="checkbox"
                  className={css.check}
                  checked={chosen.has(keyOf(found))}
                  onChange={(event) => setChosen(toggled(chosen, keyOf(found), event.target.checked))}
                />
                <Who identity={found.identity} location={found.location} on={onLists(found, added)} />
              </label>
            ))}
          </li>
        ))}
      </ul>
      <div className={css.stickyAdd}>
        <Button
          appearance="primary"
          disabledFocusable={picked.length === 0 || busy}
          onClick={() => {
            void onAdd(picked.map(({ subject, identity }) => ({ subject, identity })));
            setChosen(new Set());
          }}
        >
          {t("list.add.count", { count: picked.length })}
        </Button>
      </div>
    </section>
  );
}
