import { mergeClasses } from "@fluentui/react-components";
import { Link } from "wouter";
import { PageHeading } from "../common/page";
import { paths } from "../common/paths";
import { useSpace } from "../common/place";
import { useShared } from "../common/shared";
import { useT } from "../i18n";
import { Connections } from "./Connections";
import { OwnSettings } from "./OwnSettings";
import { Card, useParts } from "./parts";
import { SpaceSettings } from "./SpaceSettings";

// SettingsPage shows how a space is set up, and lets its owners change it
// (P13). What is a person's own can be changed by everyone.
export default function SettingsPage() {
  const t = useT();
  const parts = useParts();
  const shared = useShared();
  const { space, role } = useSpace();
  const owner = role === "owner";
  return (
    <div className={mergeClasses(parts.page, parts.narrow)}>
      <PageHeading title={t("settings.title")} />
      {!owner && <p className={mergeClasses(parts.text, shared.quiet)}>{t("settings.readOnly")}</p>}
      <OwnSettings />
      <Connections owner={owner} />
      <SpaceSettings key={space.version} owner={owner} />
      <Card title={t("settings.people")}>
        <p className={parts.text}>{t("members.roster")}</p>
        <Link href={paths.members(space.id)} className={shared.link}>
          {t("nav.members")}
        </Link>
        {owner && (
          <Link href={paths.audit(space.id)} className={shared.link}>
            {t("settings.auditLink")}
          </Link>
        )}
      </Card>
    </div>
  );
}
