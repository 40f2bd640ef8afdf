import { Suspense } from "react";
import { useLocation } from "wouter";
import { api, paths, reasonText, useFormat, useToast } from "../common";
import { lazily } from "../common/lazily";
import { ChooseList } from "./ChooseList";
import { HelpDialog, SeenDialog } from "./Dialogs";
import MarkPopover from "./MarkPopover";
import { type ListAct, ListMenu, type RowAct, RowMenu } from "./Menus";
import { goPrint } from "./print/choice";
import { summaryOf } from "./summary";
import type { Screen } from "./useScreen";

const AddDialog = lazily(() => import("./add/AddDialog"), true);
const ColumnsDialog = lazily(() => import("./columns/ColumnsDialog"), true);
const ExportDialog = lazily(() => import("./print/ExportDialog"), true);

// Surfaces are the menus and dialogs of the list; they come when one is first
// wanted.
export default function Surfaces(props: {
  screen: Screen;
  more: HTMLElement | null;
  onMore: (at: HTMLElement | null) => void;
}) {
  const { screen, more, onMore } = props;
  const { data, menu, markMenu, setMenu, setMarkMenu } = screen;
  const rowAct = useRowAct(screen);
  const listAct = useListAct(screen);
  return (
    <Suspense fallback={null}>
      {menu && (
        <RowMenu
          anchor={menu.anchor}
          data={data}
          marked={screen.marks.has(menu.entry)}
          onAct={(act) => rowAct(act, menu.entry)}
          onClose={() => setMenu(null)}
        />
      )}
      {more && <ListMenu anchor={more} data={data} onAct={listAct} onClose={() => onMore(null)} />}
      {markMenu && (
        <MarkPopover
          {...markMenu}
          data={data}
          onSeen={(marks) => void screen.seen.cells(marks)}
          onClose={() => setMarkMenu(null)}
        />
      )}
      <Panels screen={screen} />
    </Suspense>
  );
}

function Panels({ screen }: { screen: Screen }) {
  const { panel, setPanel, acting, entries, setSelected } = screen;
  const close = () => setPanel(null);
  switch (panel) {
    case "add":
      return <AddDialog screen={screen} onClose={close} />;
    case "columns":
      return <ColumnsDialog screen={screen} onClose={close} />;
    case "export":
      return <ExportDialog data={screen.data} columns={screen.columns} onClose={close} />;
    case "help":
      return <HelpDialog onClose={close} />;
    case "seen":
      return <SeenDialog screen={screen} onClose={close} />;
    case "move":
    case "copy":
      return (
        <ChooseList
          screen={screen}
          action={panel}
          count={acting.length}
          onClose={close}
          onChoose={(to) => {
            close();
            void entries[panel](acting, to).then((done) => done && setSelected(new Set()));
          }}
        />
      );
    default:
      return null;
  }
}

function useRowAct(screen: Screen) {
  const toast = useToast();
  const f = useFormat();
  const { data, actions, columns, t } = screen;
  const copySummary = async (id: string) => {
    const entry = data.entries.find((e) => e.id === id);
    if (!entry) return;
    try {
      await api.copyPatient({ entry: id, format: "plain" });
      await navigator.clipboard.writeText(summaryOf(t, f, entry, columns, data));
      toast({ text: t("list.summary.copied") });
    } catch (error) {
      toast({ text: t("list.summary.failed", { why: reasonText(t, error) }), tone: "failed" });
    }
  };
  return (act: RowAct, entry: string) => {
    switch (act) {
      case "open":
        return actions.open(entry);
      case "note":
      case "todo":
        return actions.edit({ entry, column: act });
      case "remove":
        return void screen.entries.remove([entry]);
      case "summary":
        return void copySummary(entry);
      case "seen":
        return void screen.seen.row(entry);
      case "move":
      case "copy":
        screen.setActing([entry]);
        screen.setPanel(act);
    }
  };
}

function useListAct(screen: Screen) {
  const [, go] = useLocation();
  const { data } = screen;
  return (act: ListAct) => {
    switch (act) {
      case "print":
        return goPrint(go, data.list);
      case "export":
      case "help":
        return screen.setPanel(act);
      case "beds":
        return void screen.changeList({ hideUnoccupied: !data.list.hideUnoccupied });
      case "default":
        return void screen.changeList({ default: true });
      case "manage":
        return go(paths.lists(data.list.space));
    }
  };
}
