import { Button, Field, Input, mergeClasses, Select } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, useLocation } from "wouter";
import type { Role, SpaceRef } from "../api/gen";
import { api } from "../common/api";
import { PageHeading } from "../common/page";
import { paths } from "../common/paths";
import { roleName } from "../common/place";
import { useSession } from "../common/session";
import { useShared } from "../common/shared";
import { Failure } from "../common/state";
import { useT } from "../i18n";
import { Card, useParts } from "./parts";
import { ZoneField } from "./ZoneField";

// SpacesPage lets choose a care team, ask to enter one, or make one.
export default function SpacesPage() {
  const t = useT();
  const parts = useParts();
  const shared = useShared();
  const { session, person } = useSession();
  const mine = session.spaces.filter((s) => s.role);
  const others = session.spaces.filter((s) => !s.role);
  return (
    <div className={mergeClasses(parts.page, parts.narrow)}>
      <PageHeading title={t("spaces.title")} />
      <Card title={t("spaces.mine")}>
        {mine.length === 0 ? (
          <p className={parts.text}>{t(others.length > 0 ? "spaces.noneAsk" : "spaces.none")}</p>
        ) : (
          <ul className={mergeClasses(parts.list, shared.stack)}>
            {mine.map((space) => (
              <li key={space.id} className={parts.inline}>
                <Link href={paths.space(space.id)} asChild>
                  <Button as="a" size="large" appearance="primary">
                    {space.name}
                  </Button>
                </Link>
                {space.role && <span className={shared.quiet}>{roleName(t, space.role)}</span>}
              </li>
            ))}
          </ul>
        )}
      </Card>
      {others.length > 0 && (
        <Card title={t("spaces.others")}>
          <ul className={mergeClasses(parts.list, shared.stack)}>
            {others.map((space) => (
              <Ask key={space.id} space={space} />
            ))}
          </ul>
        </Card>
      )}
      {person.admin && <NewSpace />}
    </div>
  );
}

function Ask(props: { space: SpaceRef }) {
  const t = useT();
  const parts = useParts();
  const shared = useShared();
  const { reload } = useSession();
  const [role, setRole] = useState<Role>("member");
  const { space } = props;
  const ask = useMutation({ mutationFn: () => api.askAccess({ space: space.id, role }), onSuccess: reload });
  return (
    <li className={parts.inline}>
      <strong>
        <bdi>{space.name}</bdi>
      </strong>
      {space.asked ? (
        <span className={shared.quiet}>{t("spaces.asked")}</span>
      ) : (
        <>
          <Select
            aria-label={t("spaces.roleIn", { name: space.name })}
            value={role}
            onChange={(_, data) => setRole(data.value as Role)}
          >
            <option value="member">{t("role.member")}</option>
            <option value="viewer">{t("role.viewer")}</option>
          </Select>
          <Button disabled={ask.isPending} onClick={() => ask.mutate()}>
            {t("spaces.ask")}
          </Button>
        </>
      )}
      {ask.isError && <Failure of={ask.error} />}
    </li>
  );
}

function NewSpace() {
  const t = useT();
  const parts = useParts();
  const { reload } = useSession();
  const [, go] = useLocation();
  const [name, setName] = useState("");
  const [zone, setZone] = useState(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  const create = useMutation({
    mutationFn: () => api.createSpace({ name: name.trim(), zone }),
    onSuccess: async (view) => {
      await reload();
      go(paths.space(view.space.id));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Card title={t("spaces.new")}>
      <form className={parts.form} onSubmit={submit}>
        <Field label={t("spaces.name")} hint={t("spaces.nameHint")} required>
          <Input value={name} maxLength={120} onChange={(_, data) => setName(data.value)} />
        </Field>
        <ZoneField value={zone} onChange={setZone} />
        {create.isError && <Failure of={create.error} />}
        <div className={parts.actions}>
          <Button type="submit" appearance="primary" disabled={create.isPending || name.trim() === ""}>
            {t("spaces.create")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
