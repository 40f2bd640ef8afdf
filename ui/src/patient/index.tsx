import { Button } from "@fluentui/react-components";
import { type RefObject, Suspense, useMemo, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import type { Kind, PatientView, Section } from "../api/gen";
import { NotFound } from "../app/NotFound";
import {
  ApiProblem,
  Bones,
  Failure,
  mayDo,
  paths,
  useNow,
  usePage,
  useShared,
  useSpace,
  useT,
} from "../common";
import { lazily } from "../common/lazily";
import { Activity } from "./Activity";
import { Banner } from "./Banner";
import { allergyTitle } from "./banner";
import { Changes } from "./Changes";
import {
  currentOf,
  isRead,
  type SectionQuery,
  usePatient,
  usePatientStream,
  useSection,
  useSeenOnLeaving,
} from "./data";
import { IdentityProblem } from "./identity/IdentityProblem";
import { Neighbours } from "./Neighbours";
import { Notes } from "./notes/Notes";
import css from "./patient.module.css";
import { Allergies, Coverage, Encounters, Medicines, Problems } from "./sections/records";
import { Vitals } from "./sections/Vitals";
import { Summary } from "./summary";

const CopyDialog = lazily(() => import("./actions/CopyDialog"), true);
const MoveDialog = lazily(() => import("./actions/MoveDialog"), true);
const ParticularsDialog = lazily(() => import("./identity/ParticularsDialog"), true);

/** The page of one patient. It takes the place of the list: both are never on the screen together (PAL-1040, 1050). */
export default function PatientPage() {
  const { entry = "" } = useParams<{ entry: string }>();
  const patient = usePatient(entry);
  const t = useT();
  const heading = usePage(t("patient.title"), entry);
  usePatientStream(patient.data);
  useSeenOnLeaving(patient.data);
  const gone = patient.error instanceof ApiProblem && patient.error.status === 404;
  // Nothing of one patient's page, and nothing half typed on it, is the next one's.
  if (patient.data) return <Page key={entry} view={patient.data} gone={gone} heading={heading} />;
  if (patient.isPending) return <Bones rows={8} />;
  if (gone) return <NotFound />;
  return <Failure of={patient.error} onRetry={() => void patient.refetch()} />;
}

type Sections = Record<Kind, SectionQuery>;

function useSections(view: PatientView): Sections {
  const { entry } = view;
  const has = (kind: Kind) => view.kinds.includes(kind) && isRead(entry);
  return {
    vitals: useSection(entry, "vitals", has("vitals")),
    problems: useSection(entry, "problems", has("problems")),
    allergies: useSection(entry, "allergies", has("allergies")),
    medications: useSection(entry, "medications", has("medications")),
    encounters: useSection(entry, "encounters", has("encounters")),
    coverage: useSection(entry, "coverage", has("coverage")),
  };
}

function Page(props: { view: PatientView; gone: boolean; heading: RefObject<HTMLHeadingElement | null> }) {
  const { view, gone, heading } = props;
  const t = useT();
  const shared = useShared();
  const { space } = useSpace();
  const sections = useSections(view);
  const allergies = sections.allergies.query;
  const editable = mayDo(view.role, "member");
  const allergy = allergyTitle(view.entry, { section: allergies.data, failed: allergies.isError });
  // While it is not sure whose they are, our own words are withheld, and so is
  // the record: it is another person's than the banner names.
  const withheld = view.entry.state === "mismatch";
  return (
    <div className={css.page}>
      <nav className={css.bar} aria-label={t("patient.actions")}>
        <Link className={css.back} href={paths.list(space.id, view.list.id)}>
          <span aria-hidden="true">←</span>
          {t("patient.back", { list: view.list.name })}
        </Link>
        <Neighbours view={view} />
      </nav>
      <Banner
        entry={view.entry}
        allergy={allergy}
        allergies={allergy === "known" ? currentOf(allergies.data) : []}
        heading={heading}
      />
      {gone && (
        <p className={css.gone} role="alert">
          {t("patient.gone", { list: view.list.name })}
        </p>
      )}
      <IdentityProblem view={view} editable={editable} />
      {!withheld && <Changes view={view} />}
      <Actions view={view} sections={sections} editable={editable} />
      <JumpBar view={view} withheld={withheld} />
      {!editable && <p className={shared.quiet}>{t("patient.viewer")}</p>}
      {!withheld && <Summary view={view} editable={editable} />}
      {isRead(view.entry) && <Records view={view} sections={sections} />}
      {!withheld && <Notes view={view} editable={editable} />}
      <Activity view={view} editable={editable} withheld={withheld} />
    </div>
  );
}

function Records({ view, sections }: { view: PatientView; sections: Sections }) {
  const t = useT();
  const shared = useShared();
  if (view.kinds.length === 0) {
    const manual = !view.entry.subject.connection;
    return <p className={shared.quiet}>{t(manual ? "section.manual" : "section.unlinked")}</p>;
  }
  return view.kinds.map((kind) => {
    const props = { view, source: sections[kind] };
    switch (kind) {
      case "vitals":
        return <Vitals key={kind} {...props} />;
      case "problems":
        return <Problems key={kind} {...props} />;
      case "allergies":
        return <Allergies key={kind} {...props} />;
      case "medications":
        return <Medicines key={kind} {...props} />;
      case "encounters":
        return <Encounters key={kind} {...props} />;
      default:
        return <Coverage key={kind} {...props} />;
    }
  });
}

function Actions(props: { view: PatientView; sections: Sections; editable: boolean }) {
  const { view, editable } = props;
  const t = useT();
  const now = useNow();
  const { space, role } = useSpace();
  const [, go] = useLocation();
  const [open, setOpen] = useState<"copy" | "move" | "particulars">();
  const loaded = useMemo(() => loadedOf(props.sections), [props.sections]);
  const close = () => setOpen(undefined);
  const byHand = !view.entry.subject.connection;
  const allergies = props.sections.allergies.query;
  const allergy = allergyTitle(view.entry, { section: allergies.data, failed: allergies.isError });
  return (
    <div className={css.actions}>
      {view.entry.state !== "mismatch" && <Button onClick={() => setOpen("copy")}>{t("copy.action")}</Button>}
      {editable && <Button onClick={() => setOpen("move")}>{t("move.action")}</Button>}
      {editable && byHand && <Button onClick={() => setOpen("particulars")}>{t("particulars.edit")}</Button>}
      {role === "owner" && (
        <Link className={css.link} href={paths.auditOf(space.id, view.entry.id)}>
          {t("patient.who")}
        </Link>
      )}
      <Suspense fallback={null}>
        {open === "copy" && (
          <CopyDialog material={{ view, sections: loaded, allergy, now }} onClose={close} />
        )}
        {open === "move" && (
          <MoveDialog view={view} onMoved={() => go(paths.list(space.id, view.list.id))} onClose={close} />
        )}
        {open === "particulars" && <ParticularsDialog view={view} onClose={close} />}
      </Suspense>
    </div>
  );
}

function loadedOf(sections: Sections): Partial<Record<Kind, Section>> {
  const loaded: Partial<Record<Kind, Section>> = {};
  for (const [kind, { query }] of Object.entries(sections)) {
    if (query.data) loaded[kind as Kind] = query.data;
  }
  return loaded;
}

function JumpBar({ view, withheld }: { view: PatientView; withheld: boolean }) {
  const t = useT();
  const kinds = isRead(view.entry) ? view.kinds : [];
  const parts = [...(withheld ? [] : (["summary", ...kinds, "notes"] as const)), "activity" as const];
  return (
    <nav className={css.jump} aria-label={t("patient.jump")}>
      {parts.map((part) => (
        <a key={part} href={`#${part}`} onClick={(event) => jump(event, part)}>
          {t(`section.${part}`)}
        </a>
      ))}
    </nav>
  );
}

/** Goes to a section and puts the focus on its heading; the address stays as it is. */
function jump(event: React.MouseEvent, part: string) {
  event.preventDefault();
  document.getElementById(part)?.scrollIntoView();
  document.getElementById(`${part}-title`)?.focus({ preventScroll: true });
}
