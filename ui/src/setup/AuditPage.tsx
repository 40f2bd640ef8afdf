import { Button, Field, Input, mergeClasses, Select } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link, useSearchParams } from "wouter";
import type { AuditEntry, AuditQuery } from "../api/gen";
import { api } from "../common/api";
import { keys } from "../common/keys";
import { PageHeading } from "../common/page";
import { paths } from "../common/paths";
import { useFormat, useSpace } from "../common/place";
import { useShared } from "../common/shared";
import { Bones, Failure } from "../common/state";
import { timeNow } from "../common/time";
import { useT } from "../i18n";
import { auditDetail } from "./auditDetail";
import { operations } from "./operations";
import { Card, useParts } from "./parts";

const spans = { day: 1, week: 7, month: 30, all: 0 } as const;

type Span = keyof typeof spans;

interface Choice {
  operation: string;
  person: string;
  span: Span;
  connection: string;
  patient: string;
}

// AuditPage answers who did what in a space, and of one patient, who opened
// it. It shows ids of patients, never their data.
export default function AuditPage() {
  const t = useT();
  const parts = useParts();
  const shared = useShared();
  const { space, role, connections, people } = useSpace();
  const [search] = useSearchParams();
  const entry = search.get("entry") ?? "";
  const [choice, setChoice] = useState<Choice>({
    operation: "",
    person: "",
    span: "week",
    connection: connections[0]?.id ?? "",
    patient: "",
  });
  const since = useMemo(
    () =>
      spans[choice.span] === 0 ? "" : new Date(timeNow() - spans[choice.span] * 86_400_000).toISOString(),
    [choice.span],
  );
  const query: Omit<AuditQuery, "cursor"> = {
    space: space.id,
    entry,
    connection: choice.patient === "" ? "" : choice.connection,
    patient: choice.patient.trim(),
    person: choice.person,
    operation: choice.operation,
    since,
    limit: 100,
  };
  const may = role === "owner" || role === "auditor";
  const pages = useInfiniteQuery({
    queryKey: keys.audit(space.id, query),
    queryFn: ({ pageParam, signal }) => api.searchAudit({ ...query, cursor: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (last) => last.next || undefined,
    enabled: may,
  });
  const set = (field: keyof Choice) => (_: unknown, data: { value: string }) =>
    setChoice((c) => ({ ...c, [field]: data.value }));
  const title = entry === "" ? t("audit.title") : t("audit.opened");
  const rows = pages.data?.pages.flatMap((page) => page.entries) ?? [];
  if (!may) {
    return (
      <div className={parts.page}>
        <PageHeading title={title} />
        <p>{t("audit.notYou")}</p>
      </div>
    );
  }
  return (
    <div className={parts.page}>
      <PageHeading title={title} />
      {entry !== "" && (
        <Link href={paths.audit(space.id)} className={shared.link}>
          {t("audit.everything")}
        </Link>
      )}
      <Card>
        <div className={parts.filters}>
          <Field label={t("audit.span")}>
            <Select value={choice.span} onChange={set("span")}>
              {Object.keys(spans).map((span) => (
                <option key={span} value={span}>
                  {t(`audit.span.${span as Span}`)}
                </option>
              ))}
            </Select>
          </Field>
          <Field label={t("audit.what")}>
            <Select value={choice.operation} onChange={set("operation")}>
              <option value="">{t("audit.anything")}</option>
              {operations.map((name) => (
                <option key={name} value={name}>
                  {t(`audit.op.${name}`)}
                </option>
              ))}
            </Select>
          </Field>
          <Field label={t("audit.who")}>
            <Select value={choice.person} onChange={set("person")}>
              <option value="">{t("audit.anybody")}</option>
              {Object.entries(people).map(([id, name]) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          </Field>
          {entry === "" && (
            <Field label={t("audit.patient")} hint={t("audit.patientHint")}>
              <Input value={choice.patient} autoComplete="off" onChange={set("patient")} />
            </Field>
          )}
          {entry === "" && connections.length > 1 && choice.patient !== "" && (
            <Field label={t("audit.connection")}>
              <Select value={choice.connection} onChange={set("connection")}>
                {connections.map((c) => (
                  <option key={c.id} value={c.id}>
                    {c.name}
                  </option>
                ))}
              </Select>
            </Field>
          )}
        </div>
      </Card>
      {pages.isPending && <Bones rows={6} />}
      {pages.isError && <Failure of={pages.error} onRetry={() => pages.refetch()} />}
      {pages.data && rows.length === 0 && <p>{t("audit.none")}</p>}
      {rows.length > 0 && (
        <Card>
          <Rows rows={rows} />
          {pages.hasNextPage && (
            <div className={parts.actions}>
              <Button disabled={pages.isFetchingNextPage} onClick={() => pages.fetchNextPage()}>
                {t("audit.older")}
              </Button>
            </div>
          )}
        </Card>
      )}
    </div>
  );
}

function Rows(props: { rows: readonly AuditEntry[] }) {
  const t = useT();
  const f = useFormat();
  const parts = useParts();
  const shared = useShared();
  const view = useSpace();
  const { space } = view;
  return (
    <table className={mergeClasses(parts.table, parts.stacked)}>
      <thead>
        <tr>
          <th scope="col">{t("audit.when")}</th>
          <th scope="col">{t("audit.who")}</th>
          <th scope="col">{t("audit.what")}</th>
          <th scope="col">{t("audit.where")}</th>
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row, i) => (
          <tr key={`${row.request}-${row.at}-${i}`}>
            <td data-label={t("audit.when")}>{f.dateTime(row.at)}</td>
            <td data-label={t("audit.who")}>
              <bdi>{row.name || row.person || t("audit.program")}</bdi>
            </td>
            <td data-label={t("audit.what")}>
              {t.dyn(`audit.op.${row.operation}`, row.operation)}
              {row.status >= 400 && (
                <span className={shared.error}> {t("audit.refused", { status: row.status })}</span>
              )}
              {row.detail && <span className={shared.quiet}> {auditDetail(t, row, view)}</span>}
            </td>
            <td data-label={t("audit.where")}>
              <bdi>{row.listName ?? ""}</bdi>{" "}
              {row.entry && row.list ? (
                <Link href={paths.auditOf(space.id, row.entry)} className={shared.link}>
                  {t("audit.patientId", { id: row.patient ?? row.entry })}
                </Link>
              ) : (
                row.patient && t("audit.patientId", { id: row.patient })
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
