import { Link } from "wouter";
import { PageHeading } from "../common/page";
import { paths } from "../common/paths";
import { useShared } from "../common/shared";
import { useT } from "../i18n";

// NotFound is what is shown where there is nothing, or nothing for this
// person.
export function NotFound() {
  const t = useT();
  const shared = useShared();
  return (
    <div className={shared.stack}>
      <PageHeading title={t("app.notFound.title")} />
      <p>{t("app.notFound.text")}</p>
      <Link href={paths.home()} className={shared.link}>
        {t("app.notFound.home")}
      </Link>
    </div>
  );
}
