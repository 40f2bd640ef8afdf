import { Button } from "@fluentui/react-components";
import { useId, useState } from "react";
import type { Entry, Found, PatientView } from "../../api/gen";
import { api, reasonText, useFormat, useShared, useSpace, useT, useToast } from "../../common";
import page from "../patient.module.css";
import { compare, sidesOf } from "./compare";
import css from "./identity.module.css";
import { useDecision } from "./useDecision";

type Problem = Exclude<Entry["state"], "ok">;

/** An entry that may not be who it was: both identities, and what a person decides. */
export function IdentityProblem({ view, editable }: { view: PatientView; editable: boolean }) {
  const t = useT();
  const id = useId();
  const { decide, overtaken } = useDecision(view);
  const { entry } = view;
  if (entry.state === "ok") return null;
  const state: Problem = entry.state;
  return (
    <section className={css.problem} aria-labelledby={id}>
      <h2 id={id} className={css.problemTitle}>
        <span aria-hidden="true">▲ </span>
        {t(`identity.problem.${state}`)}
      </h2>
      <p className={page.line}>
        {t(`identity.text.${state}`)} {state === "mismatch" && t("identity.recordHidden")}
      </p>
      {overtaken && (
        <p className={page.line} role="alert">
          <strong>{t("identity.overtaken")}</strong>
        </p>
      )}
      {(state === "mismatch" || state === "merged") && <Sides entry={entry} state={state} />}
      {editable && (
        <div className={page.buttons}>
          {state === "mismatch" && (
            <Button appearance="primary" onClick={() => void decide({ action: "confirm" })}>
              {t("identity.confirm")}
            </Button>
          )}
          {state === "merged" && (
            <Button appearance="primary" onClick={() => void decide({ action: "relink" })}>
              {t("identity.relink")}
            </Button>
          )}
        </div>
      )}
      {editable && state !== "merged" && (
        <FindAgain
          view={view}
          onChoose={(found) => decide({ action: "relink", subject: found.subject, seen: found.identity })}
        />
      )}
    </section>
  );
}

function Sides({ entry, state }: { entry: Entry; state: "mismatch" | "merged" }) {
  const t = useT();
  const format = useFormat();
  const { left, right } = sidesOf(entry);
  const heads =
    state === "merged"
      ? (["identity.old", "identity.new"] as const)
      : (["identity.then", "identity.now"] as const);
  return (
    <table className={css.sides}>
      <thead>
        <tr>
          <td />
          <th scope="col">{t(heads[0])}</th>
          <th scope="col">{t(heads[1])}</th>
        </tr>
      </thead>
      <tbody>
        {compare(left, right, t, format).map((pair) => (
          <tr key={pair.label} data-differs={pair.differs || undefined}>
            <th scope="row">{t(pair.label)}</th>
            <td dir="auto">{pair.left}</td>
            <td dir="auto">
              {pair.right}
              {pair.differs && <strong> ≠ {t("identity.differs")}</strong>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Looks for the patient by number, else by name and birth date, and lets a person choose. */
function FindAgain({ view, onChoose }: { view: PatientView; onChoose: (found: Found) => Promise<boolean> }) {
  const t = useT();
  const toast = useToast();
  const format = useFormat();
  const shared = useShared();
  const space = useSpace();
  const [found, setFound] = useState<Found[]>();
  const [busy, setBusy] = useState(false);
  const [connection] = space.connections;
  if (!connection) return null;
  // Who was shown may be someone else by now: then they are looked for again.
  const choose = async (one: Found) => {
    if (!(await onChoose(one))) await look();
  };
  const look = async () => {
    const { mrn, family, born } = view.entry.fingerprint;
    setBusy(true);
    try {
      const by = mrn ? { mrn } : { family, born };
      const result = await api.searchPatients({ space: space.space.id, connection: connection.id, ...by });
      setFound(result.found);
    } catch (error) {
      toast({ text: reasonText(t, error), tone: "failed" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div className={page.buttons}>
        <Button disabledFocusable={busy} onClick={() => void look()}>
          {t("identity.search")}
        </Button>
      </div>
      {found && (
        <div role="status">
          {found.length === 0 && <p className={shared.quiet}>{t("identity.foundNone")}</p>}
          {found.length > 0 && <h3 className={page.label}>{t("identity.found")}</h3>}
          <ul className={page.items}>
            {found.map((one) => (
              <li key={`${one.subject.connection}/${one.subject.patient}`} className={page.item}>
                <span>
                  <bdi>
                    <strong>{format.name(one.identity)}</strong>
                  </bdi>{" "}
                  · {format.date(one.identity.born)} · {one.identity.mrn}
                </span>
                <Button size="small" onClick={() => void choose(one)}>
                  {t("identity.choose", { name: format.name(one.identity) })}
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
