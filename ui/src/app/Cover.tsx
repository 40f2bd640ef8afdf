import { makeStyles, tokens, useModalAttributes } from "@fluentui/react-components";
import { useEffect, useRef } from "react";
import type { SignInWays } from "../api/gen";
import { useSession } from "../common/session";
import { useShared } from "../common/shared";
import { Bones } from "../common/state";
import { useT } from "../i18n";
import { SignInForm } from "../setup/SignInForm";

const useStyles = makeStyles({
  cover: {
    width: "100vw",
    height: "100vh",
    maxWidth: "none",
    maxHeight: "none",
    margin: 0,
    padding: tokens.spacingHorizontalXXL,
    boxSizing: "border-box",
    border: 0,
    overflowY: "auto",
    backgroundColor: tokens.colorNeutralBackground2,
    color: tokens.colorNeutralForeground1,
    "::backdrop": { backgroundColor: tokens.colorNeutralBackground2 },
  },
  inner: { maxWidth: "24rem", margin: "8vh auto 0" },
});

// Cover hides the page while nobody is signed in. It is a modal dialog of the
// browser itself, above all that the page may have open, and cannot be closed
// but by signing in. A dialog of the page that is open hides all others from
// the keyboard and from screen readers: of this one it is told that it is one.
export function Cover(props: { why: "expired" | "locked"; ways: SignInWays; busy: boolean }) {
  const t = useT();
  const styles = useStyles();
  const shared = useShared();
  const { signIn } = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const { modalAttributes } = useModalAttributes({ trapFocus: true, alwaysFocusable: true });
  useEffect(() => {
    const before = document.activeElement;
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const title = props.why === "locked" ? t("lock.title") : t("session.expired.title");
  return (
    <dialog
      ref={dialog}
      {...modalAttributes}
      className={styles.cover}
      aria-labelledby="cover-title"
      onKeyDown={(event) => event.key === "Escape" && event.preventDefault()}
      onCancel={(event) => event.preventDefault()}
      // A browser closes a dialog on the second Escape, whatever is said to the first.
      onClose={() => dialog.current?.showModal()}
    >
      <div className={`${styles.inner} ${shared.stack}`}>
        <h1 id="cover-title" className={shared.h1}>
          {title}
        </h1>
        <p>{props.why === "locked" ? t("lock.text") : t("session.expired.text")}</p>
        {props.busy ? <Bones rows={2} /> : <SignInForm ways={props.ways} onSubmit={signIn} />}
      </div>
    </dialog>
  );
}
