import { Button, Input } from "@fluentui/react-components";
import { DeleteRegular, EditRegular } from "@fluentui/react-icons";
import { type FormEvent, type KeyboardEvent, useRef, useState } from "react";
import type { PatientView, Todo } from "../../api/gen";
import { ConflictDialog, useDraft, useFormat, useNow, useShared, useSpace, useT } from "../../common";
import { marksFor } from "../data";
import { MarkBadge } from "../MarkBadge";
import css from "../patient.module.css";
import { dayIn, isOverdue } from "./due";
import { useHasDraft } from "./useField";
import { useTodos } from "./useTodos";

interface Props {
  view: PatientView;
  editable: boolean;
}

/** What is to be done for the patient: open ones first, done ones under a line. */
export function Todos({ view, editable }: Props) {
  const t = useT();
  const shared = useShared();
  const todos = useTodos(view);
  const open = view.todos.filter((x) => !x.done);
  const done = view.todos.filter((x) => x.done);
  return (
    <div className={css.own}>
      <h3 className={css.label}>{t("todo.title")}</h3>
      {open.length === 0 && <span className={shared.quiet}>{t("todo.none")}</span>}
      <TodoRows {...{ view, editable, todos }} rows={open} />
      {editable && <NewTodo entry={view.entry.id} onAdd={todos.add} />}
      {done.length > 0 && (
        <details className={css.past}>
          <summary>{t("todo.done", { count: done.length })}</summary>
          <TodoRows {...{ view, editable, todos }} rows={done} />
        </details>
      )}
      <ConflictDialog
        conflict={todos.conflict?.shown ?? null}
        onKeep={todos.keepMine}
        onTake={todos.take}
        onClose={todos.clear}
      />
    </div>
  );
}

export function TodoRows(props: Props & { rows: Todo[]; todos: ReturnType<typeof useTodos> }) {
  if (props.rows.length === 0) return null;
  return (
    <ul className={css.items}>
      {props.rows.map((todo) => (
        <Row key={todo.id} {...props} todo={todo} />
      ))}
    </ul>
  );
}

function Row(props: Props & { todo: Todo; todos: ReturnType<typeof useTodos> }) {
  const { view, todo, todos, editable } = props;
  const t = useT();
  const hasDraft = useHasDraft(draftKey(todo));
  const [open, setOpen] = useState<boolean>();
  const editing = open ?? (editable && hasDraft);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    requestAnimationFrame(() => button.current?.focus());
  };
  // What was ticked shows at once; the server's answer then takes its place.
  const [ticked, setTicked] = useState<boolean>();
  const tick = async (done: boolean) => {
    setTicked(done);
    await todos.change(todo, { done });
    setTicked((last) => (last === done ? undefined : last));
  };
  const mark = marksFor(view, { column: "todo" }).find((m) => m.item === todo.id);
  if (editing) {
    return (
      <li className={css.item}>
        <EditTodo todo={todo} onSave={todos.change} onClose={close} />
      </li>
    );
  }
  return (
    <li className={css.todo} data-marked={mark ? true : undefined}>
      <label className={css.todoLabel}>
        <input
          type="checkbox"
          checked={ticked ?? todo.done}
          disabled={!editable}
          onChange={(e) => void tick(e.target.checked)}
        />
        <span className={`${css.todoText} ${todo.done ? css.todoDone : ""}`} dir="auto">
          {todo.text}
        </span>
      </label>
      {mark && <MarkBadge mark={mark} view={view} />}
      <TodoFacts view={view} todo={todo} />
      {editable && (
        <span className={css.todoButtons}>
          <Button
            ref={button}
            size="small"
            appearance="subtle"
            icon={<EditRegular />}
            aria-label={t("own.edit", { what: todo.text })}
            onClick={() => setOpen(true)}
          />
          <Button
            size="small"
            appearance="subtle"
            icon={<DeleteRegular />}
            aria-label={t("todo.delete", { text: todo.text })}
            onClick={() => void todos.remove(todo)}
          />
        </span>
      )}
    </li>
  );
}

function TodoFacts({ view, todo }: { view: PatientView; todo: Todo }) {
  const t = useT();
  const format = useFormat();
  const shared = useShared();
  const now = useNow(60_000);
  const name = (id: string | undefined) => (id ? (view.people[id] ?? "") : "");
  const late = todo.due && !todo.done && isOverdue(todo.due, dayIn(format.zone, now), now);
  const due = todo.due && t(late ? "todo.overdue" : "todo.dueOn", { date: format.dateTime(todo.due) });
  const facts = todo.done
    ? [t("todo.doneBy", { name: name(todo.doneBy), time: format.dateTime(todo.doneAt) })]
    : [name(todo.owner), due, t("own.by", { name: name(todo.by), time: format.short(todo.at) })];
  return (
    <span className={late ? css.late : shared.quiet} dir="auto">
      {facts.filter(Boolean).join(" · ")}
    </span>
  );
}

/** What is typed is a draft at once, as in the list. */
function NewTodo({ entry, onAdd }: { entry: string; onAdd: (text: string) => Promise<boolean> }) {
  const t = useT();
  const { text, setText, done } = useDraft(`field:${entry}:todo`);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "" && (await onAdd(text.trim()))) done();
  };
  return (
    <form className={css.newTodo} onSubmit={(e) => void submit(e)}>
      <Input
        className={css.grow}
        aria-label={t("todo.new")}
        placeholder={t("todo.new")}
        dir="auto"
        value={text}
        onChange={(_, data) => setText(data.value)}
        onKeyDown={keepComposing}
      />
      <Button type="submit" disabledFocusable={text.trim() === ""}>
        {t("action.add")}
      </Button>
    </form>
  );
}

/** Enter ends the composing of a sign, and not the form. */
export function keepComposing(event: KeyboardEvent): void {
  if (event.key === "Enter" && event.nativeEvent.isComposing) event.preventDefault();
}

/** The key of a to-do's draft, the same as in the list. */
function draftKey({ entry, id }: Todo): string {
  return `field:${entry}:todo-${id}`;
}

function EditTodo(props: {
  todo: Todo;
  onSave: (todo: Todo, change: { text: string; owner: string; due: string }) => Promise<boolean>;
  onClose: () => void;
}) {
  const t = useT();
  const shared = useShared();
  const { people } = useSpace();
  // What was seen when the editor opened, or when the draft was begun: a newer
  // to-do is not overwritten unseen.
  const [todo] = useState(props.todo);
  const draft = useDraft(draftKey(todo), todo.text, todo.version);
  const [owner, setOwner] = useState(todo.owner ?? "");
  const [due, setDue] = useState(todo.due ?? "");
  const close = () => {
    draft.done();
    props.onClose();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const text = draft.text.trim();
    if (text !== "" && (await props.onSave({ ...todo, version: draft.base }, { text, owner, due }))) close();
  };
  return (
    <form className={css.editor} onSubmit={(e) => void submit(e)}>
      <Input
        aria-label={t("todo.title")}
        dir="auto"
        autoFocus
        value={draft.text}
        onChange={(_, data) => draft.setText(data.value)}
        onKeyDown={keepComposing}
      />
      {draft.restored && <span className={shared.quiet}>{t("own.restored")}</span>}
      <div className={css.buttons}>
        <label className={css.inline}>
          {t("todo.owner")}
          <select className={css.control} value={owner} onChange={(e) => setOwner(e.target.value)}>
            <option value="">{t("own.nobody")}</option>
            {Object.entries(people).map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className={css.inline}>
          {t("todo.due")}
          <input
            className={css.control}
            type="date"
            value={due.slice(0, 10)}
            onChange={(e) => setDue(e.target.value)}
          />
        </label>
        <Button type="submit" appearance="primary">
          {t("action.save")}
        </Button>
        <Button onClick={close}>{t(draft.restored ? "own.discard" : "action.cancel")}</Button>
      </div>
    </form>
  );
}
