import { Button, makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { createContext, type ReactNode, use, useCallback, useEffect, useRef, useState } from "react";
import { useT } from "../i18n";
import { useAnnounce } from "./live";

// A Toast says that something was done, and for ten seconds takes it back.
export interface Toast {
  text: string;
  undo?: (() => void) | undefined;
  tone?: "done" | "failed";
}

export const toastTime = 10_000;

const Toasts = createContext<(toast: Toast) => void>(() => {});

const useStyles = makeStyles({
  place: {
    position: "fixed",
    insetInline: 0,
    bottom: tokens.spacingVerticalL,
    zIndex: 1000,
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    gap: tokens.spacingVerticalS,
    pointerEvents: "none",
    "@media print": { display: "none" },
  },
  toast: {
    pointerEvents: "auto",
    maxWidth: "min(36rem, calc(100vw - 2rem))",
    boxSizing: "border-box",
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    borderRadius: tokens.borderRadiusLarge,
    boxShadow: tokens.shadow16,
    backgroundColor: tokens.colorNeutralBackgroundInverted,
    color: tokens.colorNeutralForegroundInverted,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
  },
  failed: {
    backgroundColor: tokens.colorStatusDangerBackground1,
    color: tokens.colorStatusDangerForeground1,
    border: `1px solid ${tokens.colorStatusDangerBorder1}`,
  },
  undo: { flexShrink: 0 },
});

// Toaster shows toasts one below the other, the newest last.
export function Toaster(props: { children: ReactNode }) {
  const [shown, setShown] = useState<readonly (Toast & { id: number })[]>([]);
  const next = useRef(0);
  const announce = useAnnounce();
  const t = useT();
  const styles = useStyles();
  const drop = useCallback((id: number) => setShown((all) => all.filter((t) => t.id !== id)), []);
  const show = useCallback(
    (toast: Toast) => {
      next.current += 1;
      const id = next.current;
      setShown((all) => [...all.slice(-2), { ...toast, id }]);
      announce(toast.text);
    },
    [announce],
  );
  return (
    <Toasts value={show}>
      {props.children}
      {shown.length > 0 && (
        <section className={styles.place} aria-label={t("app.messages")}>
          {shown.map((toast) => (
            <OneToast key={toast.id} toast={toast} onGone={() => drop(toast.id)} />
          ))}
        </section>
      )}
    </Toasts>
  );
}

function OneToast(props: { toast: Toast; onGone: () => void }) {
  const t = useT();
  const styles = useStyles();
  const [held, setHeld] = useState(false);
  const gone = useRef(props.onGone);
  gone.current = props.onGone;
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => gone.current(), toastTime);
    return () => clearTimeout(timer);
  }, [held]);
  const { toast } = props;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the pointer or the focus on it only keeps it from leaving
    <div
      className={mergeClasses(styles.toast, toast.tone === "failed" && styles.failed)}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span>{toast.text}</span>
      {toast.undo && (
        <Button
          className={styles.undo}
          size="small"
          onClick={() => {
            toast.undo?.();
            props.onGone();
          }}
        >
          {t("action.undo")}
        </Button>
      )}
    </div>
  );
}

// useToast gives a function that shows a toast.
export function useToast(): (toast: Toast) => void {
  return use(Toasts);
}
