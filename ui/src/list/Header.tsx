import { Button } from "@fluentui/react-components";
import { Suspense, useState } from "react";
import type { ListView } from "../api/gen";
import { otherZone, useFormat, useNow, usePage, useShared, useSpace, useT } from "../common";
import { lazily } from "../common/lazily";
import css from "./list.module.css";
import { phoneQuery, useMedia } from "./useMedia";

const Switcher = lazily(() => import("./Switcher"), true);
const SwitcherSheet = lazily(() => import("./SwitcherSheet"), true);

// Header stands across the full width: whose list, where, how many, and what
// time it is (PAL-0020…0100).
export function Header({ data }: { data: ListView }) {
  const t = useT();
  const shared = useShared();
  const space = useSpace();
  const [open, setOpen] = useState(false);
  const heading = usePage(data.list.name, data.list.id);
  const phone = useMedia(phoneQuery);
  const close = () => setOpen(false);
  const button = (
    <Button
      appearance="subtle"
      className={css.icon}
      aria-haspopup={phone ? "dialog" : "menu"}
      aria-label={t("list.switch", { list: data.list.name })}
      onClick={() => setOpen(true)}
    >
      ▾
    </Button>
  );
  return (
    <div className={css.header}>
      <div className={css.title}>
        <h1 ref={heading} tabIndex={-1} className={`${shared.h1} ${css.anywhere}`}>
          {data.list.name}
        </h1>
        {open && !phone ? (
          <Suspense fallback={button}>
            <Switcher list={data.list} onClose={close} />
          </Suspense>
        ) : (
          button
        )}
        {open && phone && (
          <Suspense fallback={null}>
            <SwitcherSheet list={data.list} onClose={close} />
          </Suspense>
        )}
      </div>
      <div className={css.facts}>
        {data.list.location && (
          <span>
            {t("list.location")} <strong>{data.list.location}</strong>
          </span>
        )}
        <span>
          <strong>{t("list.count.all", { count: data.entries.length })}</strong>
        </span>
        <span>{space.space.name}</span>
      </div>
      <Clock />
    </div>
  );
}

// Clock ticks in the space's zone, whatever the device is set to; where that is
// another, it says which.
function Clock() {
  const f = useFormat();
  const now = useNow(1000);
  return (
    <time className={css.clock} dateTime={new Date(now).toISOString().slice(0, 16)} title={f.zone}>
      {[f.time(now), f.date(now), otherZone(f, now)].filter(Boolean).join(" ")}
    </time>
  );
}
