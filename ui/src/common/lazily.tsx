import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { type ComponentType, type LazyExoticComponent, lazy, useCallback, useEffect, useState } from "react";
import { useT } from "../i18n";
import { useShared } from "./shared";
import { Bones, Reason } from "./state";

type Load<P> = () => Promise<{ default: ComponentType<P> }>;

const useStyles = makeStyles({
  // over is for what opens above a page, such as a menu: it has no place of
  // its own in which to say that it cannot come.
  over: {
    position: "fixed",
    insetInline: 0,
    bottom: 0,
    zIndex: 1000,
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground1,
    borderTop: `1px solid ${tokens.colorNeutralStroke1}`,
  },
});

// lazily is React's lazy, for a network that comes and goes: where a part of
// the program cannot be fetched, its place says so and lets try again, and the
// rest of the page stays as it is. React itself would never ask a second time.
export function lazily<P extends object>(load: Load<P>, over = false): LazyExoticComponent<ComponentType<P>> {
  return lazy<ComponentType<P>>(() => load().catch(() => ({ default: again(load, over) })));
}

function again<P extends object>(load: Load<P>, over: boolean): ComponentType<P> {
  return function Again(props: P) {
    const [Part, setPart] = useState<ComponentType<P>>();
    const [failed, setFailed] = useState(false);
    const ask = useCallback(() => {
      setFailed(false);
      load().then(
        (module) => setPart(() => module.default),
        () => setFailed(true),
      );
    }, []);
    useEffect(ask, [ask]);
    if (Part) return <Part {...props} />;
    return failed ? <Missing onRetry={ask} over={over} /> : over ? null : <Bones rows={4} />;
  };
}

function Missing(props: { onRetry: () => void; over: boolean }) {
  const t = useT();
  const shared = useShared();
  const styles = useStyles();
  return (
    <div role="alert" className={props.over ? `${shared.row} ${styles.over}` : shared.row}>
      <span className={shared.error}>
        <Reason of="offline" />
      </span>
      <Button onClick={props.onRetry}>{t("action.retry")}</Button>
      {/* The program on the server may be a newer one, without this part. */}
      <Button appearance="subtle" onClick={() => location.reload()}>
        {t("app.error.reload")}
      </Button>
    </div>
  );
}
