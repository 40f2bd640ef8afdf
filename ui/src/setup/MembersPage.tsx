import { Button, mergeClasses, Select } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { AccessRequest, Members, Membership, Person, Role } from "../api/gen";
import { api } from "../common/api";
import { keys } from "../common/keys";
import { PageHeading } from "../common/page";
import { roleName, useFormat, useSpace } from "../common/place";
import { useSession } from "../common/session";
import { useShared } from "../common/shared";
import { Bones, Failure } from "../common/state";
import { useT } from "../i18n";
import { NewPerson } from "./NewPerson";
import { Card, useParts } from "./parts";

const roles: readonly Role[] = ["viewer", "member", "owner", "auditor"];

// MembersPage says who may enter a space, and lets an owner decide.
export default function MembersPage() {
  const t = useT();
  const parts = useParts();
  const shared = useShared();
  const client = useQueryClient();
  const { space, role } = useSpace();
  const { person, reload } = useSession();
  const owner = role === "owner";
  const members = useQuery({
    queryKey: keys.members(space.id),
    queryFn: ({ signal }) => api.getMembers({ space: space.id }, { signal }),
  });
  const take = (now: Members) => {
    client.setQueryData(keys.members(space.id), now);
    void client.invalidateQueries({ queryKey: keys.space(space.id) });
    void reload();
  };
  const set = useMutation({
    mutationFn: (to: { person: string; role: string }) =>
      api.setMember({ space: space.id, person: to.person, role: to.role as Role }),
    onSuccess: take,
  });
  const decide = useMutation({
    mutationFn: (on: { person: string; grant: boolean; role: Role }) =>
      api.decideAccess({ space: space.id, ...on }),
    onSuccess: take,
  });
  const failed = set.error ?? decide.error;
  return (
    <div className={parts.page}>
      <PageHeading title={t("members.title")} />
      {failed && <Failure of={failed} />}
      {members.isPending && <Bones rows={4} />}
      {members.isError && <Failure of={members.error} onRetry={() => members.refetch()} />}
      {members.data && (
        <>
          {owner && members.data.requests.length > 0 && (
            <Card title={t("members.requests")}>
              <ul className={mergeClasses(parts.list, shared.stack)}>
                {members.data.requests.map((request) => (
                  <Request key={request.person} request={request} onDecide={(on) => decide.mutate(on)} />
                ))}
              </ul>
            </Card>
          )}
          <Card title={t("members.who")}>
            <Table
              members={members.data.members}
              owner={owner}
              self={person.id}
              onSet={(to) => set.mutate(to)}
            />
          </Card>
          {owner && <Others others={members.data.others} onAdd={(to) => set.mutate(to)} />}
          {person.admin && <NewPerson onMade={() => members.refetch()} />}
          <p className={mergeClasses(parts.text, shared.quiet)}>{t("members.roster")}</p>
        </>
      )}
    </div>
  );
}

function Table(props: {
  members: readonly Membership[];
  owner: boolean;
  self: string;
  onSet: (to: { person: string; role: string }) => void;
}) {
  const t = useT();
  const f = useFormat();
  const parts = useParts();
  const owners = props.members.filter((m) => m.role === "owner").length;
  return (
    <table className={mergeClasses(parts.table, parts.stacked)}>
      <thead>
        <tr>
          <th scope="col">{t("members.name")}</th>
          <th scope="col">{t("members.role")}</th>
          <th scope="col">{t("members.since")}</th>
          {props.owner && <th scope="col">{t("lists.actions")}</th>}
        </tr>
      </thead>
      <tbody>
        {props.members.map((m) => {
          // The last owner cannot leave: nobody could let others in.
          const kept = m.role === "owner" && owners === 1;
          return (
            <tr key={m.person}>
              <th scope="row">
                <bdi>{m.name}</bdi>
                {m.person === props.self && ` (${t("members.you")})`}
              </th>
              <td data-label={t("members.role")}>
                {props.owner && !kept ? (
                  <Select
                    aria-label={t("members.roleOf", { name: m.name })}
                    value={m.role}
                    onChange={(_, data) => props.onSet({ person: m.person, role: data.value })}
                  >
                    {roles.map((r) => (
                      <option key={r} value={r}>
                        {roleName(t, r)}
                      </option>
                    ))}
                  </Select>
                ) : (
                  roleName(t, m.role)
                )}
              </td>
              <td data-label={t("members.since")}>{f.date(m.since)}</td>
              {props.owner && (
                <td>
                  {kept ? (
                    t("members.lastOwner")
                  ) : (
                    <Button
                      size="small"
                      aria-label={t("members.removeName", { name: m.name })}
                      onClick={() => props.onSet({ person: m.person, role: "" })}
                    >
                      {t("action.remove")}
                    </Button>
                  )}
                </td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Request(props: {
  request: AccessRequest;
  onDecide: (on: { person: string; grant: boolean; role: Role }) => void;
}) {
  const t = useT();
  const f = useFormat();
  const parts = useParts();
  const { request } = props;
  const decide = (grant: boolean) => props.onDecide({ person: request.person, grant, role: request.role });
  return (
    <li className={parts.inline}>
      <span>
        {t("members.asks", {
          name: request.name,
          role: roleName(t, request.role),
          time: f.dateTime(request.asked),
        })}
      </span>
      <Button
        appearance="primary"
        aria-label={t("members.grantName", { name: request.name })}
        onClick={() => decide(true)}
      >
        {t("members.grant")}
      </Button>
      <Button aria-label={t("members.refuseName", { name: request.name })} onClick={() => decide(false)}>
        {t("members.refuse")}
      </Button>
    </li>
  );
}

function Others(props: { others: readonly Person[]; onAdd: (to: { person: string; role: string }) => void }) {
  const t = useT();
  const parts = useParts();
  const [person, setPerson] = useState("");
  const [role, setRole] = useState<string>("member");
  if (props.others.length === 0) return null;
  const chosen = props.others.find((p) => p.id === person) ?? props.others[0];
  return (
    <Card title={t("members.add")}>
      <div className={parts.inline}>
        <Select
          aria-label={t("members.name")}
          value={chosen?.id ?? ""}
          onChange={(_, data) => setPerson(data.value)}
        >
          {props.others.map((p) => (
            <option key={p.id} value={p.id}>
              {p.name}
            </option>
          ))}
        </Select>
        <Select aria-label={t("members.role")} value={role} onChange={(_, data) => setRole(data.value)}>
          {roles.map((r) => (
            <option key={r} value={r}>
              {roleName(t, r)}
            </option>
          ))}
        </Select>
        <Button appearance="primary" onClick={() => chosen && props.onAdd({ person: chosen.id, role })}>
          {t("action.add")}
        </Button>
      </div>
    </Card>
  );
}
