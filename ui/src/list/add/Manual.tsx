import { Button } from "@fluentui/react-components";
import { type FormEvent, useEffect, useState } from "react";
import type { Duplicate, Identity } from "../../api/gen";
import { api, useFormat, useT } from "../../common";
import { useFocusSoon } from "../../common/focus";
import { type DateReading, readBorn } from "../date";
import css from "../list.module.css";
import { isComposing } from "../typing";
import type { AddTo } from "./AddDialog";
import { GenderField } from "./Search";
import { Who } from "./Who";

interface Typed {
  family: string;
  given: string;
  born: string;
  gender: string;
  mrn: string;
  bed: string;
}

const nothing: Typed = { family: "", given: "", born: "", gender: "", mrn: "", bed: "" };

// Manual types a patient by hand. Who looks the same shows while one types.
export function Manual({ space, onAdd, busy }: { space: string; onAdd: AddTo; busy: boolean }) {
  const t = useT();
  const [typed, setTyped] = useState(nothing);
  const [chosenBorn, setChosenBorn] = useState("");
  const [tried, setTried] = useState(false);
  const first = useFocusSoon<HTMLInputElement>();
  const reading = readBorn(typed.born);
  const born = reading.kind === "read" ? reading.iso : reading.kind === "ambiguous" ? chosenBorn : "";
  const identity = identityOf(typed, born);
  const alike = useAlike(space, identity);
  const named = Boolean(identity.family || identity.given);
  const clear = reading.kind === "empty" || born !== "";
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!named || !clear) return;
    // Whoever looked at those alike and goes on means someone else.
    const added = await onAdd([{ identity, ...(typed.bed.trim() ? { bed: typed.bed.trim() } : {}) }]);
    if (!added) return;
    setTyped(nothing);
    setChosenBorn("");
    setTried(false);
    first.current?.focus();
  };
  const field = (key: keyof Typed, more: { ref?: React.Ref<HTMLInputElement>; invalid?: boolean } = {}) => (
    <label className={css.field}>
      <span className={css.label}>{t(`list.field.${key}`)}</span>
      <input
        ref={more.ref}
        className={css.input}
        autoComplete="off"
        value={typed[key]}
        aria-invalid={more.invalid || undefined}
        onChange={(event) => setTyped({ ...typed, [key]: event.target.value })}
        onKeyDown={(event) => {
          if (event.key === "Enter" && isComposing(event)) event.preventDefault();
        }}
      />
    </label>
  );
  return (
    <form className={css.stacked} onSubmit={(event) => void submit(event)}>
      <div className={css.fields}>
        {field("family", { ref: first, invalid: tried && !named })}
        {field("given")}
        <div>
          {field("born", { invalid: tried && !clear })}
          <BornLine reading={reading} chosen={chosenBorn} onChoose={setChosenBorn} />
        </div>
        <GenderField value={typed.gender} onChange={(gender) => setTyped({ ...typed, gender })} />
        {field("mrn")}
        {field("bed")}
      </div>
      {tried && !named && (
        <p role="alert" className={css.failed}>
          {t("list.manual.noName")}
        </p>
      )}
      {alike.length > 0 && (
        <div role="status" className={`${css.warn} ${css.stacked}`}>
          <strong>{t("list.manual.alike", { count: alike.length })}</strong>
          {alike.map((d) => (
            <div key={d.entry}>
              <Who identity={d.identity} on={[{ list: d.list, name: d.listName }]} />
              <span className={css.quiet}>{t.dyn(`list.add.why.${d.why}`, d.why)}</span>
            </div>
          ))}
        </div>
      )}
      <div className={css.row}>
        <Button type="submit" appearance="primary" disabledFocusable={busy}>
          {t("list.manual.add")}
        </Button>
        <span className={css.quiet}>{t("list.manual.unknown")}</span>
      </div>
    </form>
  );
}

function identityOf(typed: Typed, born: string): Identity {
  const all = { family: typed.family, given: typed.given, gender: typed.gender, mrn: typed.mrn, born };
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (value.trim() ? [[key, value.trim()]] : [])),
  );
}

// BornLine says how the date was read, and asks where it could be two.
function BornLine(props: { reading: DateReading; chosen: string; onChoose: (iso: string) => void }) {
  const { reading, chosen, onChoose } = props;
  const t = useT();
  const f = useFormat();
  switch (reading.kind) {
    case "empty":
      return <span className={css.quiet}>{t("list.manual.bornHint")}</span>;
    case "read":
      return (
        <span className={css.quiet} role="status">
          {t("list.manual.reads", { date: f.date(reading.iso), age: f.age(reading.iso) })}
        </span>
      );
    case "ambiguous":
      return (
        <fieldset className={css.bare}>
          <legend className={css.quiet}>{t("list.manual.which")}</legend>
          {reading.isos.map((iso) => (
            <Button
              key={iso}
              size="small"
              appearance={chosen === iso ? "primary" : "secondary"}
              aria-pressed={chosen === iso}
              onClick={() => onChoose(iso)}
            >
              {f.date(iso)}
            </Button>
          ))}
        </fieldset>
      );
    case "future":
      return <span className={css.failed}>{t("list.manual.future", { date: f.date(reading.iso) })}</span>;
    case "unreadable":
      return <span className={css.failed}>{t("list.manual.unreadable")}</span>;
  }
}

// useAlike asks who looks the same once the typing rests.
function useAlike(space: string, identity: Identity): Duplicate[] {
  const [alike, setAlike] = useState<Duplicate[]>([]);
  const asked = JSON.stringify(identity);
  useEffect(() => {
    const who = JSON.parse(asked) as Identity;
    if (!who.mrn && !(who.family && who.born)) {
      setAlike([]);
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      api.checkDuplicates({ space, identity: who }, { signal: abort.signal }).then(
        (found) => setAlike(found.duplicates),
        () => {},
      );
    }, 400);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [space, asked]);
  return alike;
}
