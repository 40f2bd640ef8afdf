import { Button } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons";
import { type RefObject, useEffect, useRef } from "react";
import { Link } from "wouter";
import type { List } from "../api/gen";
import { Failure, paths, useShared, useT } from "../common";
import css from "./switcher.module.css";
import { useLists } from "./useLists";

// SwitcherSheet leads to the space's other lists on a phone, within reach of a
// thumb. It is a modal dialog of the browser itself, which keeps the focus,
// gives it back, and closes by Escape and by the phone's own way back.
export default function SwitcherSheet({ list, onClose }: { list: List; onClose: () => void }) {
  const t = useT();
  const shared = useShared();
  const lists = useLists(list.space);
  const dialog = useRef<HTMLDialogElement>(null);
  const here = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    here.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a modal dialog
    <dialog
      ref={dialog}
      className={css.sheet}
      aria-labelledby="switcher-title"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className={css.inner}>
        <div className={css.head}>
          <h2 id="switcher-title" className={shared.h2}>
            {t("nav.lists")}
          </h2>
          <Button
            appearance="subtle"
            className={css.close}
            icon={<DismissRegular />}
            aria-label={t("action.close")}
            onClick={onClose}
          />
        </div>
        {lists.isError && <Failure of={lists.error} onRetry={() => void lists.refetch()} />}
        <ul className={css.lists}>
          {(lists.data?.lists ?? [list]).map((one) => (
            <li key={one.id}>
              <Leads to={one} here={one.id === list.id ? here : undefined} onClose={onClose} />
            </li>
          ))}
        </ul>
        <Link href={paths.lists(list.space)} className={css.list} onClick={onClose}>
          {t("list.allLists")}
        </Link>
      </div>
    </dialog>
  );
}

function Leads(props: {
  to: List;
  here: RefObject<HTMLAnchorElement | null> | undefined;
  onClose: () => void;
}) {
  const t = useT();
  const { to, here } = props;
  return (
    <Link
      ref={here ?? null}
      href={paths.list(to.space, to.id)}
      className={css.list}
      aria-current={here ? "page" : undefined}
      onClick={props.onClose}
    >
      <bdi className={css.name}>{to.name}</bdi>
      <span className={css.facts}>
        {to.default && <span>★ {t("lists.isDefault")}</span>}
        <span>{t("list.count.all", { count: to.patients })}</span>
      </span>
    </Link>
  );
}
