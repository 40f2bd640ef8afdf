import { Button } from "@fluentui/react-components";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { Cell, Column, Entry, Item } from "../api/gen";
import { DraftState, rawOf, severities, useDraft, useEdited, useSpace, useT } from "../common";
import { type FieldValue, useRows } from "./context";
import css from "./list.module.css";
import { firstItem } from "./model";
import { isComposing, onTyping } from "./typing";
import { columnLabel } from "./words";

// Editor changes one of our own cells, by the type of its column.
export function Editor(props: { entry: Entry; column: Column; cell: Cell | undefined }) {
  const { column } = props;
  switch (column.type) {
    case "notes":
      return <NoteEditor {...props} />;
    case "severity":
    case "choice":
    case "person":
    case "flag":
      return <ChoiceEditor {...props} />;
    case "date":
    case "number":
      return <ValueEditor {...props} />;
    default:
      return <TextEditor {...props} />;
  }
}

// backTo gives the focus to the cell that was edited, once it is drawn again.
export function backTo(entry: string, column: string): void {
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>(`[data-cell="${CSS.escape(`${entry} ${column}`)}"]`)?.focus();
  });
}

function useClose(entry: Entry, column: string): () => void {
  const { actions } = useRows();
  return () => {
    actions.edit(null);
    backTo(entry.id, column);
  };
}

// useFocus takes the focus when the editor opens, with the cursor at the end.
function useFocus<T extends HTMLElement>() {
  const ref = useRef<T>(null);
  useEffect(() => {
    const field = ref.current;
    field?.focus();
    if (field instanceof HTMLTextAreaElement) field.setSelectionRange(field.value.length, field.value.length);
  }, []);
  return ref;
}

function Buttons(props: { onSave: () => void; onCancel: () => void; busy: boolean; children?: ReactNode }) {
  const t = useT();
  return (
    <div className={css.row}>
      <Button size="small" appearance="primary" disabled={props.busy} onClick={props.onSave}>
        {t("action.save")}
      </Button>
      <Button size="small" onClick={props.onCancel}>
        {t("action.cancel")}
      </Button>
      {props.children}
    </div>
  );
}

// TextEditor keeps what is typed as a draft, so that neither a conflict nor a
// lost session loses it.
function TextEditor({ entry, column, cell }: { entry: Entry; column: Column; cell: Cell | undefined }) {
  const t = useT();
  const { actions } = useRows();
  const close = useClose(entry, column.key);
  const initial =
    column.key === "bed" ? (entry.bedFrom === "ehr" ? "" : (entry.bed ?? "")) : (firstItem(cell)?.text ?? "");
  const draft = useDraft(`field:${entry.id}:${column.key}`, initial, cell?.seq ?? 0);
  const [busy, setBusy] = useState(false);
  const ref = useFocus<HTMLTextAreaElement>();
  const save = async () => {
    const text = draft.text.trim();
    if (text === initial && draft.base === (cell?.seq ?? 0)) return cancel();
    setBusy(true);
    const saved = await actions.saveField(entry, column, text === "" ? null : text, draft.base);
    setBusy(false);
    if (saved) {
      draft.done();
      close();
    }
  };
  const cancel = () => {
    draft.done();
    close();
  };
  return (
    <div className={css.editor}>
      <textarea
        ref={ref}
        className={css.input}
        rows={column.key === "bed" ? 1 : 3}
        aria-label={columnLabel(t, column)}
        value={draft.text}
        onChange={(event) => draft.setText(event.target.value)}
        onKeyDown={onTyping(() => void save(), cancel)}
      />
      {draft.restored && <span className={css.quiet}>{t("list.edit.restored")}</span>}
      <Buttons onSave={() => void save()} onCancel={cancel} busy={busy}>
        <DraftState of={draft} />
      </Buttons>
    </div>
  );
}

// ChoiceEditor is a native select: it works by keyboard, by touch and with any
// screen reader, in the width of a cell and for as many choices as there are
// people. It is saved by its button or Enter, as arrow keys pass over choices
// that are not meant. The patient page has room for all severities beside each
// other, and one press for them (patient/own/Severity.tsx).
function ChoiceEditor({ entry, column, cell }: { entry: Entry; column: Column; cell: Cell | undefined }) {
  const t = useT();
  const { actions } = useRows();
  const space = useSpace();
  const close = useClose(entry, column.key);
  const ref = useFocus<HTMLSelectElement>();
  const now = rawOf(column, firstItem(cell));
  const { value, base, set } = useEdited(now, cell?.seq ?? 0);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    if (value === now) return close();
    setBusy(true);
    const saved = await actions.saveField(entry, column, choiceValue(column, value), base);
    setBusy(false);
    if (saved) close();
  };
  return (
    <div className={css.editor}>
      <select
        ref={ref}
        className={css.input}
        aria-label={columnLabel(t, column)}
        value={value}
        onChange={(event) => set(event.target.value)}
        onKeyDown={onTyping(() => void save(), close)}
      >
        <option value="">{t("value.notSet")}</option>
        {options(t, column, space.people).map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
      <Buttons onSave={() => void save()} onCancel={close} busy={busy} />
    </div>
  );
}

function options(
  t: ReturnType<typeof useT>,
  column: Column,
  people: Readonly<Record<string, string>>,
): [string, string][] {
  switch (column.type) {
    case "severity":
      return severities.map((s) => [s, t(`severity.${s}`)]);
    case "person":
      return Object.entries(people).sort(([, a], [, b]) => a.localeCompare(b, t.locale));
    case "flag":
      return [
        ["true", t("value.yes")],
        ["false", t("value.no")],
      ];
    default:
      return (column.choices ?? []).map((c) => [c, c]);
  }
}

function choiceValue(column: Column, value: string): FieldValue {
  if (value === "") return null;
  return column.type === "flag" ? value === "true" : value;
}

function ValueEditor({ entry, column, cell }: { entry: Entry; column: Column; cell: Cell | undefined }) {
  const t = useT();
  const { actions } = useRows();
  const close = useClose(entry, column.key);
  const ref = useFocus<HTMLInputElement>();
  const now = firstItem(cell)?.text ?? "";
  const { value, base, set } = useEdited(now, cell?.seq ?? 0);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    // Half a date, or what is no number, has no value: it empties no cell.
    if (!ref.current?.reportValidity()) return;
    if (value === now) return close();
    setBusy(true);
    const typed = column.type === "number" ? Number(value) : value;
    const saved = await actions.saveField(entry, column, value === "" ? null : typed, base);
    setBusy(false);
    if (saved) close();
  };
  return (
    <div className={css.editor}>
      <input
        ref={ref}
        type={column.type === "number" ? "number" : "date"}
        step="any"
        className={css.input}
        aria-label={columnLabel(t, column)}
        value={value}
        onChange={(event) => set(event.target.value)}
        onKeyDown={onTyping(() => void save(), close)}
      />
      <Buttons onSave={() => void save()} onCancel={close} busy={busy} />
    </div>
  );
}

// NoteEditor writes a note. Enter begins a new line: a note is saved by its
// button, or with Ctrl or Cmd.
function NoteEditor({ entry, column }: { entry: Entry; column: Column }) {
  const t = useT();
  const { actions } = useRows();
  const close = useClose(entry, column.key);
  const draft = useDraft(`note:${entry.id}`);
  const [busy, setBusy] = useState(false);
  const ref = useFocus<HTMLTextAreaElement>();
  const save = async () => {
    if (draft.text.trim() === "") return;
    setBusy(true);
    const saved = await actions.addNote(entry, draft.text.trim());
    setBusy(false);
    if (saved) {
      draft.done();
      close();
    }
  };
  return (
    <div className={css.editor}>
      <textarea
        ref={ref}
        className={css.input}
        rows={4}
        aria-label={t("list.note.new")}
        value={draft.text}
        onChange={(event) => draft.setText(event.target.value)}
        onKeyDown={(event) => {
          if (isComposing(event)) return;
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
          if (event.key === "Escape") close();
        }}
      />
      {draft.restored && <span className={css.quiet}>{t("list.edit.restored")}</span>}
      <Buttons onSave={() => void save()} onCancel={close} busy={busy}>
        <DraftState of={draft} />
      </Buttons>
    </div>
  );
}

// TodoEditor makes a to-do, or changes one: text, who and by when. After one is
// made it stays open for the next.
export function TodoEditor(props: { entry: Entry; item?: Item; onClose: () => void }) {
  const { entry, item } = props;
  const t = useT();
  const { actions } = useRows();
  const { people } = useSpace();
  const id = useId();
  const draft = useDraft(
    `field:${entry.id}:todo${item ? `-${item.id}` : ""}`,
    item?.text ?? "",
    item?.version ?? 0,
  );
  const [owner, setOwner] = useState(item?.owner ?? "");
  const [due, setDue] = useState(item?.due?.slice(0, 10) ?? "");
  const [busy, setBusy] = useState(false);
  // What was seen when the editor opened, or when the draft was begun: a newer
  // to-do is not overwritten unseen.
  const [seen] = useState(item?.version);
  const ref = useFocus<HTMLInputElement>();
  const day = useRef<HTMLInputElement>(null);
  const close = () => {
    draft.done();
    props.onClose();
    backTo(entry.id, "todo");
  };
  const save = async () => {
    const text = draft.text.trim();
    if (text === "" || !day.current?.reportValidity()) return;
    setBusy(true);
    const version = draft.restored ? draft.base : seen;
    const saved = await (item
      ? actions.changeTodo(entry, { ...item, version }, { text, owner, due })
      : actions.addTodo(entry, { text, owner, due }));
    setBusy(false);
    if (!saved) return;
    if (item) return close();
    draft.done();
    ref.current?.focus();
  };
  const onKeyDown = onTyping(() => void save(), close);
  return (
    <div className={css.editor}>
      <input
        ref={ref}
        className={css.input}
        aria-label={item ? t("list.todo.text") : t("list.todo.new")}
        value={draft.text}
        onChange={(event) => draft.setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {draft.restored && <span className={css.quiet}>{t("list.edit.restored")}</span>}
      <div className={css.row}>
        <label htmlFor={`${id}o`} className={css.quiet}>
          {t("list.todo.owner")}
        </label>
        <select id={`${id}o`} className={css.input} value={owner} onChange={(e) => setOwner(e.target.value)}>
          <option value="">{t("list.todo.anyone")}</option>
          {Object.entries(people).map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
        <label htmlFor={`${id}d`} className={css.quiet}>
          {t("list.todo.by")}
        </label>
        <input
          id={`${id}d`}
          ref={day}
          type="date"
          className={css.input}
          value={due}
          onChange={(e) => setDue(e.target.value)}
          onKeyDown={onKeyDown}
        />
      </div>
      <Buttons onSave={() => void save()} onCancel={close} busy={busy}>
        {item && (
          <Button
            size="small"
            onClick={() => {
              void actions.deleteTodo(entry, item);
              close();
            }}
          >
            {t("action.delete")}
          </Button>
        )}
      </Buttons>
    </div>
  );
}
