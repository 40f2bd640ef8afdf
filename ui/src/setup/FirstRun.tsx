import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { DocumentEditRegular, PlugConnectedRegular } from "@fluentui/react-icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { api } from "../common/api";
import { keys } from "../common/keys";
import { PageHeading } from "../common/page";
import { paths } from "../common/paths";
import { useSpace } from "../common/place";
import { useSession } from "../common/session";
import { useShared } from "../common/shared";
import { Failure } from "../common/state";
import { useT } from "../i18n";
import { Card, useParts } from "./parts";

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalXXL },
  icon: { fontSize: "36px", color: tokens.colorBrandForeground1 },
  push: { marginTop: "auto", alignSelf: "flex-start" },
});

// FirstRun lets an owner choose where patients come from (P1). Both may be
// used later; lists stay.
export function FirstRun() {
  const t = useT();
  const parts = useParts();
  const shared = useShared();
  const styles = useStyles();
  const client = useQueryClient();
  const [, go] = useLocation();
  const view = useSpace();
  const { reload } = useSession();
  const { space } = view;
  const owner = view.role === "owner";
  const manual = useMutation({
    mutationFn: () => api.changeSpace({ space: space.id, version: space.version, manual: true }),
    onSuccess: (changed) => {
      client.setQueryData(keys.space(space.id), changed);
      void reload();
    },
  });
  return (
    <div className={parts.page}>
      <PageHeading title={t("first.title")} />
      {manual.isError && <Failure of={manual.error} onRetry={() => manual.mutate()} />}
      <div className={parts.cards}>
        <Card title={t("first.ehr")} className={styles.card}>
          <PlugConnectedRegular className={styles.icon} aria-hidden="true" />
          <p className={parts.text}>{t("first.ehrText")}</p>
          {owner && (
            <Button
              className={styles.push}
              size="large"
              appearance="primary"
              onClick={() => go(paths.connect(space.id))}
            >
              {t("first.ehrChoose")}
            </Button>
          )}
        </Card>
        <Card title={t("first.manual")} className={styles.card}>
          <DocumentEditRegular className={styles.icon} aria-hidden="true" />
          <p className={parts.text}>{t("first.manualText")}</p>
          {owner && (
            <Button
              className={styles.push}
              size="large"
              disabled={manual.isPending}
              onClick={() => manual.mutate()}
            >
              {t("first.manualChoose")}
            </Button>
          )}
        </Card>
      </div>
      <p className={shared.quiet}>
        {owner
          ? t("first.later")
          : t("first.owners", { names: new Intl.ListFormat(t.locale).format(view.owners) })}
      </p>
    </div>
  );
}
