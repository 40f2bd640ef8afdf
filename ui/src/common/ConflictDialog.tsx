import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  makeStyles,
  Textarea,
  tokens,
} from "@fluentui/react-components";
import { useState } from "react";
import { useT } from "../i18n";
import type { Conflict, ConflictProps } from "./conflict";
import { useReturnFocus } from "./focus";
import { isSet } from "./format";
import { useFormat } from "./place";
import { useShared } from "./shared";

const useStyles = makeStyles({
  surface: { maxWidth: "46rem" },
  sides: {
    display: "grid",
    gridTemplateColumns: "1fr 1fr",
    gap: tokens.spacingHorizontalL,
    "@media (max-width: 40rem)": { gridTemplateColumns: "1fr" },
  },
  text: {
    margin: `${tokens.spacingVerticalXS} 0 0`,
    padding: tokens.spacingHorizontalM,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    whiteSpace: "pre-wrap",
    overflowWrap: "anywhere",
    maxHeight: "40vh",
    overflowY: "auto",
  },
  actions: { flexWrap: "wrap", justifyContent: "flex-end", gridColumn: "1 / -1" },
});

export default function ConflictSurface(props: ConflictProps & { conflict: Conflict }) {
  useReturnFocus();
  const t = useT();
  const f = useFormat();
  const styles = useStyles();
  const shared = useShared();
  const { mine, theirs, by, at, removes } = props.conflict;
  const [merged, setMerged] = useState<string | null>(null);
  const show = (text: string) => (props.show?.(text) ?? text) || t("conflict.empty");
  return (
    <Dialog open modalType="modal" onOpenChange={(_, data) => !data.open && props.onClose()}>
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle>{t(removes ? "conflict.removeTitle" : "conflict.title")}</DialogTitle>
          <DialogContent className={shared.stack}>
            <p>{t("conflict.text")}</p>
            {merged === null ? (
              <div className={styles.sides}>
                <section aria-label={t("conflict.mine")}>
                  <strong>{t("conflict.mine")}</strong>
                  <p className={styles.text}>{removes ? t("conflict.removed") : show(mine)}</p>
                </section>
                <section aria-label={t("conflict.theirs")}>
                  <strong>{t("conflict.theirs")}</strong>{" "}
                  {by && isSet(at) && (
                    <span className={shared.quiet}>
                      {t("conflict.by", { name: by, time: f.dateTime(at) })}
                    </span>
                  )}
                  <p className={styles.text}>{show(theirs)}</p>
                </section>
              </div>
            ) : (
              <Field label={t("conflict.merged")}>
                <Textarea value={merged} rows={8} onChange={(_, data) => setMerged(data.value)} />
              </Field>
            )}
          </DialogContent>
          <DialogActions className={styles.actions}>
            {merged === null ? (
              <>
                <Button onClick={() => props.onTake()}>
                  {t(removes ? "conflict.keepTheirs" : "conflict.takeTheirs")}
                </Button>
                {!removes && (props.mergeable ?? true) && (
                  <Button onClick={() => setMerged(`${theirs}\n${mine}`.trim())}>
                    {t("conflict.merge")}
                  </Button>
                )}
                <Button appearance="primary" onClick={() => props.onKeep(mine)}>
                  {t(removes ? "conflict.remove" : "conflict.keepMine")}
                </Button>
              </>
            ) : (
              <>
                <Button onClick={() => setMerged(null)}>{t("action.back")}</Button>
                <Button appearance="primary" onClick={() => props.onKeep(merged)}>
                  {t("conflict.saveMerged")}
                </Button>
              </>
            )}
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
