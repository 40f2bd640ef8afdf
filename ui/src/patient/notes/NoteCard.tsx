import { Button, Field, Textarea } from "@fluentui/react-components";
import { PinFilled } from "@fluentui/react-icons";
import { type RefObject, Suspense, useRef, useState } from "react";
import type { Mark, Note, NoteVersion, PatientView } from "../../api/gen";
import { ConflictDialog, DraftState, isSet, useDraft, useFormat, useShared, useT } from "../../common";
import { lazily } from "../../common/lazily";
import { marksFor } from "../data";
import { MarkBadge } from "../MarkBadge";
import { useHasDraft } from "../own/useField";
import css from "../patient.module.css";
import { type Rights, wasAmended } from "./rules";
import type { NoteActions } from "./useNotes";

const Ask = lazily(() => import("../actions/Ask"), true);

interface Props {
  view: PatientView;
  note: Note;
  rights: Rights;
  actions: NoteActions;
}

/** One note, as it was typed: its text is never read as anything but text. */
export function NoteCard({ view, note, rights, actions }: Props) {
  const t = useT();
  const format = useFormat();
  const shared = useShared();
  const hasDraft = useHasDraft(`note-edit:${note.id}`);
  const [open, setOpen] = useState<boolean>();
  const [asking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    requestAnimationFrame(() => button.current?.focus());
  };
  const editing = rights.write !== undefined && (open ?? hasDraft);
  const name = view.people[note.by] ?? "";
  const mark = marksFor(view, { column: "note" }).find((m) => m.item === note.id);
  if (isSet(note.deleted)) {
    return (
      <p className={`${css.note} ${shared.quiet}`}>
        {t("note.deleted", {
          name,
          written: format.dateTime(note.at),
          time: format.dateTime(note.deleted),
        })}
      </p>
    );
  }
  return (
    <article
      className={css.note}
      data-marked={mark ? true : undefined}
      aria-label={t("note.by", { name, time: format.dateTime(note.at) })}
    >
      <Head note={note} name={name} mark={mark} />
      {editing ? (
        <EditNote
          note={note}
          amend={rights.write === "amend"}
          actions={actions}
          asked={open === true}
          onClose={close}
        />
      ) : (
        <p className={css.noteText} dir="auto">
          {note.text}
        </p>
      )}
      {!editing && (
        <Buttons
          note={note}
          rights={rights}
          actions={actions}
          button={button}
          onEdit={() => setOpen(true)}
          onDelete={() => setAsking(true)}
        />
      )}
      {wasAmended(note) && <History versions={note.history ?? []} view={view} />}
      {asking && (
        <Suspense fallback={null}>
          <Ask
            text={t("note.deleteAsk")}
            action={t("note.delete")}
            onYes={() => void actions.remove(note)}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
    </article>
  );
}

function Head(props: { note: Note; name: string; mark: Mark | undefined }) {
  const { note, name, mark } = props;
  const t = useT();
  const format = useFormat();
  const shared = useShared();
  return (
    <p className={css.noteHead}>
      {note.pinned && (
        <strong>
          <PinFilled aria-hidden="true" /> {t("note.pinned")}
        </strong>
      )}
      <span>{t("note.by", { name, time: format.dateTime(note.at) })}</span>
      {isSet(note.edited) && (
        <span className={shared.quiet}>
          {t(wasAmended(note) ? "note.amended" : "note.edited", { time: format.dateTime(note.edited) })}
        </span>
      )}
      {mark && <MarkBadge mark={{ ...mark, old: undefined }} />}
    </p>
  );
}

function Buttons(props: {
  note: Note;
  rights: Rights;
  actions: NoteActions;
  button: RefObject<HTMLButtonElement | null>;
  onEdit: () => void;
  onDelete: () => void;
}) {
  const { note, rights, actions } = props;
  const t = useT();
  if (!rights.pin && !rights.remove && !rights.write) return null;
  return (
    <div className={css.buttons}>
      {rights.write && (
        <Button ref={props.button} size="small" appearance="subtle" onClick={props.onEdit}>
          {t(rights.write === "edit" ? "note.edit" : "note.amend")}
        </Button>
      )}
      {rights.pin && (
        <Button
          size="small"
          appearance="subtle"
          onClick={() => void actions.change(note, { pinned: !note.pinned })}
        >
          {t(note.pinned ? "note.unpin" : "note.pin")}
        </Button>
      )}
      {rights.remove && (
        <Button size="small" appearance="subtle" onClick={props.onDelete}>
          {t("note.delete")}
        </Button>
      )}
    </div>
  );
}

function EditNote(props: {
  note: Note;
  amend: boolean;
  actions: NoteActions;
  // asked is set where a press opened it, and not a draft that was left.
  asked: boolean;
  onClose: () => void;
}) {
  const { note, actions, onClose } = props;
  const t = useT();
  const draft = useDraft(`note-edit:${note.id}`, note.text, note.version);
  const conflict = actions.conflict?.now.id === note.id ? actions.conflict : undefined;
  const save = async (text: string, version: number) => {
    if (text.trim() === "") return;
    if (await actions.change(note, { text: text.trim() }, version)) {
      draft.done();
      onClose();
    }
  };
  const drop = () => {
    draft.done();
    actions.clear();
    onClose();
  };
  const hints = [draft.restored ? t("own.restored") : "", props.amend ? t("note.amendHint") : ""];
  return (
    <div className={css.editor}>
      <Field
        label={t(props.amend ? "note.amend" : "note.edit")}
        hint={hints.filter(Boolean).join(" ") || undefined}
      >
        <Textarea
          dir="auto"
          resize="vertical"
          rows={3}
          autoFocus={props.asked}
          value={draft.text}
          onChange={(_, data) => draft.setText(data.value)}
        />
      </Field>
      <div className={css.buttons}>
        <Button
          appearance="primary"
          disabledFocusable={draft.text.trim() === ""}
          onClick={() => void save(draft.text, draft.base || note.version)}
        >
          {t("action.save")}
        </Button>
        <Button onClick={drop}>{draft.restored ? t("own.discard") : t("action.cancel")}</Button>
        <DraftState of={draft} />
      </div>
      <ConflictDialog
        conflict={conflict?.shown ?? null}
        onKeep={(text) => void save(text, conflict?.now.version ?? note.version)}
        onTake={drop}
        onClose={actions.clear}
      />
    </div>
  );
}

/** What an amended note said before. */
function History({ versions, view }: { versions: NoteVersion[]; view: PatientView }) {
  const t = useT();
  const format = useFormat();
  const shared = useShared();
  return (
    <details className={css.past}>
      <summary>{t("note.history", { count: versions.length })}</summary>
      <ul className={css.items}>
        {versions.map((v) => (
          <li key={v.at} className={css.item}>
            <span className={shared.quiet}>
              {t("note.by", { name: view.people[v.by] ?? "", time: format.dateTime(v.at) })}
            </span>
            <span className={css.noteText} dir="auto">
              {v.text}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
