import { Suspense, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { ListView } from "../api/gen";
import {
  ConflictDialog,
  paths,
  sayValue,
  useAnnounce,
  useFormat,
  useSession,
  useT,
  useToday,
} from "../common";
import { lazily } from "../common/lazily";
import { nextSort } from "./arrange";
import { BulkBar } from "./BulkBar";
import { Cards } from "./Cards";
import { Rows } from "./context";
import { EmptyList } from "./EmptyList";
import { Header } from "./Header";
import css from "./list.module.css";
import { markedCells, step } from "./marksWalk";
import { commonUnits, countMarks } from "./model";
import { Sides } from "./Sides";
import { ListTable } from "./Table";
import { FilterOn, FilterPanel, Toolbar } from "./Toolbar";
import { Messages, UpdateStrip } from "./UpdateStrip";
import { conflictText, theirText } from "./useActions";
import type { LiveList } from "./useList";
import { phoneQuery, useMedia } from "./useMedia";
import { useOutOfView } from "./useOutOfView";
import { type Screen, useScreen } from "./useScreen";
import { useShortcuts } from "./useShortcuts";
import { useWindow, windowFrom } from "./useWindow";

const Surfaces = lazily(() => import("./Surfaces"), true);

// ListScreen is the list with everything round it (P3).
export function ListScreen({ live, data }: { live: LiveList; data: ListView }) {
  const t = useT();
  const { person } = useSession();
  const [, go] = useLocation();
  const screen = useScreen(live, data);
  const frame = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const [filtering, setFiltering] = useState(false);
  const [more, setMore] = useState<HTMLElement | null>(null);
  const narrow = useMedia(phoneQuery);
  const { held, columns, marks, view, setView } = screen;
  const lines = held.shown.lines;
  const part = useWindow(frame, lines, !narrow && lines.length > windowFrom);
  const out = useOutOfView(frame, [lines, columns, data.marks, narrow, part?.from]);
  const walk = useMarkWalk(screen, frame, part?.reveal);
  const top = useTop();
  useHoldStill(frame);
  useReturn(data);
  useShortcuts({
    "/": () => search.current?.focus(),
    "?": () => screen.setPanel("help"),
    n: () => walk(1),
    p: () => walk(-1),
  });
  useAnnounced(data, held.waiting.added.length);
  const keys = columns.map((c) => c.key);
  const units = JSON.stringify(commonUnits(data.entries, keys));
  const today = useToday(useFormat());
  const place = useMemo(
    () => ({
      actions: screen.actions,
      role: data.role,
      me: person.id,
      people: data.people,
      refreshed: data.refresh.last,
      trouble: data.refresh.reason,
      today,
      units: JSON.parse(units) as Record<string, string>,
    }),
    [screen.actions, data.role, person.id, data.people, data.refresh.last, data.refresh.reason, today, units],
  );
  const count = countMarks(data.marks, keys);
  const table = {
    frame,
    data,
    lines,
    columns,
    marks,
    warnings: screen.warnings,
    selected: screen.selected,
    editing: screen.editing,
    sort: view.sort,
    onSort: (key: string) => setView({ sort: nextSort(view.sort, key) }),
    onSelectAll: (on: boolean) =>
      screen.setSelected(new Set(on ? lines.flatMap((l) => (l.kind === "entry" ? [l.id] : [])) : [])),
    onNew: held.again,
    part,
  };
  return (
    <Rows value={place}>
      <div ref={top} className={`${css.page} ${narrow ? css.pageCards : ""}`}>
        <Header data={data} />
        <Toolbar
          data={data}
          view={view}
          search={search}
          filtering={filtering}
          onFiltering={setFiltering}
          onView={setView}
          onAdd={() => screen.setPanel("add")}
          onColumns={() => screen.setPanel("columns")}
          onRound={() => go(paths.round(data.list.space, data.list.id))}
          onMore={setMore}
        />
        {filtering && (
          <FilterPanel data={data} filter={view.filter} onFilter={(filter) => setView({ filter })} />
        )}
        <Messages
          data={data}
          stream={live.stream}
          failed={live.error}
          onRefresh={() => void screen.refresh()}
        />
        <UpdateStrip
          data={data}
          marks={count}
          outOfView={narrow ? 0 : out.marks + hiddenMarks(screen, part)}
          left={screen.left}
          waiting={held.waiting}
          onShowNext={() => walk(1)}
          onSeen={() => screen.setPanel("seen")}
          onSeenLeft={() => void screen.seen.left(screen.left.map((one) => one.entry))}
          onShowNew={held.again}
          onSort={held.again}
          onRefresh={() => void screen.refresh()}
        >
          {!narrow && <Sides out={out} frame={frame} />}
        </UpdateStrip>
        <FilterOn
          data={data}
          filter={view.filter}
          hidden={held.shown.hidden}
          onClear={() => {
            setView({ filter: {} });
            search.current?.focus();
          }}
        />
        {data.entries.length === 0 && lines.length === 0 ? (
          <EmptyList data={data} onAdd={() => screen.setPanel("add")} />
        ) : narrow ? (
          <Cards {...table} />
        ) : (
          <section ref={frame} className={css.frame} aria-label={t("list.frame", { list: data.list.name })}>
            <ListTable {...table} />
          </section>
        )}
        {screen.selected.size > 0 && <BulkBar screen={screen} />}
      </div>
      <Conflicts screen={screen} />
      {(screen.panel || screen.menu || screen.markMenu || more) && (
        <Suspense fallback={null}>
          <Surfaces screen={screen} more={more} onMore={setMore} />
        </Suspense>
      )}
    </Rows>
  );
}

// hiddenMarks counts marks in rows that are not in the document.
function hiddenMarks(screen: Screen, part: { from: number; to: number } | undefined): number {
  if (!part) return 0;
  return screen.held.shown.lines.reduce((sum, line, i) => {
    if (line.kind !== "entry" || (i >= part.from && i < part.to)) return sum;
    return sum + [...(screen.marks.get(line.id)?.values() ?? [])].flat().length;
  }, 0);
}

function Conflicts({ screen }: { screen: Screen }) {
  const { conflict } = screen;
  const { t, data } = screen;
  const format = useFormat();
  if (!conflict) return null;
  const { column, theirs } = conflict;
  const text = column.type === undefined || column.type === "" || column.type === "text";
  const show = (value: string) => sayValue(column, value, { t, format, people: data.people });
  return (
    <ConflictDialog
      conflict={{
        mine: conflictText(conflict.mine),
        theirs: theirText(conflict),
        removes: conflict.removes ?? false,
        by: theirs.by ? data.people[theirs.by] : undefined,
        at: theirs.items?.[0]?.time ?? theirs.asOf,
      }}
      mergeable={text}
      show={show}
      onKeep={(merged) => {
        const value = text ? (merged.trim() === "" ? null : merged) : conflict.mine;
        void conflict.keep(value).then(conflict.decide);
      }}
      onTake={() => conflict.decide(true)}
      onClose={() => conflict.decide(false)}
    />
  );
}

// useMarkWalk goes from one changed cell to the next.
function useMarkWalk(
  screen: Screen,
  frame: React.RefObject<HTMLElement | null>,
  reveal?: (entry: string) => void,
) {
  const last = useRef<string | undefined>(undefined);
  return (by: 1 | -1) => {
    const cells = markedCells(screen.held.shown.lines, screen.columns, screen.marks);
    const next = step(cells, last.current, by);
    if (!next) return;
    last.current = next;
    reveal?.(next.slice(0, next.indexOf(" ")));
    requestAnimationFrame(() => {
      const root: ParentNode = frame.current ?? document;
      const chip = root.querySelector<HTMLElement>(`[data-mark="${CSS.escape(next)}"]`);
      chip?.scrollIntoView({ block: "center", inline: "center" });
      chip?.focus({ preventScroll: true });
    });
  };
}

// useTop gives the page the height that the shell leaves it.
function useTop() {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const page = ref.current;
    if (!page) return;
    const write = () =>
      page.style.setProperty("--top", `${page.getBoundingClientRect().top + window.scrollY}px`);
    write();
    window.addEventListener("resize", write);
    return () => window.removeEventListener("resize", write);
  }, []);
  return ref;
}

// useHoldStill keeps the rows where they are on the screen when something above
// the table comes, goes or wraps to another line.
function useHoldStill(frame: React.RefObject<HTMLElement | null>): void {
  const last = useRef<number | null>(null);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) {
      last.current = null;
      return;
    }
    const hold = () => {
      const top = element.offsetTop;
      if (last.current !== null && top !== last.current) element.scrollTop += top - last.current;
      last.current = top;
    };
    hold();
    const sizes = new ResizeObserver(hold);
    sizes.observe(element);
    return () => sizes.disconnect();
  });
}

// useReturn takes the focus back to the patient whose page was open.
function useReturn(data: ListView): void {
  const key = `wb.at.${data.list.id}`;
  useEffect(() => {
    const entry = sessionStorage.getItem(key);
    sessionStorage.removeItem(key);
    const link = entry && document.querySelector<HTMLElement>(`[data-open="${CSS.escape(entry)}"]`);
    if (!link) return;
    link.scrollIntoView({ block: "center" });
    link.focus({ preventScroll: true });
  }, [key]);
}

// useAnnounced reads out, once per refresh, that something has changed.
function useAnnounced(data: ListView, added: number): void {
  const t = useT();
  const announce = useAnnounce();
  const before = useRef({ marks: data.marks.length, added, running: data.refresh.running });
  useEffect(() => {
    const { running } = data.refresh;
    const was = before.current;
    const more = data.marks.length - was.marks;
    if (running) {
      was.running = true;
      return;
    }
    const says = [
      more > 0 && t("list.say.changes", { count: more }),
      added > was.added && t("list.new", { count: added }),
    ].filter(Boolean);
    if (says.length > 0) announce(says.join(". "));
    before.current = { marks: data.marks.length, added, running };
  }, [data.marks.length, data.refresh, added, announce, t]);
}
