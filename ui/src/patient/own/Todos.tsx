import { Button, Input } from "@fluentui/react-components";
import { DeleteRegular, EditRegular } from "@fluentui/react-icons";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import type { PatientView, Todo } from "../../api/gen";
import { ConflictDialog, useFormat, useNow, useShared, useSpace, useT } from "../../common";
import { marksFor } from "../data";
import { MarkBadge } from "../MarkBadge";
import css from "../patient.module.css";
import { dayIn, isOverdue } from "./due";
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
      {editable && <NewTodo onAdd={todos.add} />}
      {done.length > 0 && (
        <details className={css.past}>
          <summary>{t("todo.done", { count: done.length })}</summary>
          <TodoRows {...{ view, editable, todos }} rows={done} />
        </details>
      )}
      <ConflictDialog
        conflict={todos.conflict?.shown ?? null}
        onKeep={todos.keepMine}
        onTake={todos.clear}
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
  const [editing, setEditing] = useState(false);
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
        <EditTodo
          todo={todo}
          onSave={async (change) => {
            if (await todos.change(todo, change)) setEditing(false);
          }}
          onClose={() => setEditing(false)}
        />
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
            size="small"
            appearance="subtle"
            icon={<EditRegular />}
            aria-label={t("own.edit", { what: todo.text })}
            onClick={() => setEditing(true)}
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

function NewTodo({ onAdd }: { onAdd: (text: string) => Promise<boolean> }) {
  const t = useT();
  const [text, setText] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "" && (await onAdd(text.trim()))) setText("");
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

function EditTodo(props: {
  todo: Todo;
  onSave: (change: { text: string; owner: string; due: string }) => Promise<void>;
  onClose: () => void;
}) {
  const t = useT();
  const { people } = useSpace();
  const [text, setText] = useState(props.todo.text);
  const [owner, setOwner] = useState(props.todo.owner ?? "");
  const [due, setDue] = useState(props.todo.due ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") void props.onSave({ text: text.trim(), owner, due });
  };
  return (
    <form className={css.editor} onSubmit={submit}>
      <Input
        aria-label={t("todo.title")}
        dir="auto"
        autoFocus
        value={text}
        onChange={(_, data) => setText(data.value)}
        onKeyDown={keepComposing}
      />
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
        <Button onClick={props.onClose}>{t("action.cancel")}</Button>
      </div>
    </form>
  );
}
