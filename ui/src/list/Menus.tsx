import { Menu, MenuDivider, MenuItem, MenuList, MenuPopover } from "@fluentui/react-components";
import type { ListView } from "../api/gen";
import { mayDo, useT } from "../common";

export type RowAct = "open" | "note" | "todo" | "move" | "copy" | "remove" | "summary" | "seen";

// RowMenu is the one menu of all rows: it opens at the row whose button was
// pressed.
export function RowMenu(props: {
  anchor: HTMLElement;
  data: ListView;
  // marked says that there is something in the row to be marked as seen.
  marked: boolean;
  onAct: (act: RowAct) => void;
  onClose: () => void;
}) {
  const t = useT();
  const edits = mayDo(props.data.role, "member");
  const item = (act: RowAct) => <MenuItem onClick={() => props.onAct(act)}>{t(`list.act.${act}`)}</MenuItem>;
  return (
    <Anchored anchor={props.anchor} onClose={props.onClose}>
      {item("open")}
      {item("summary")}
      {props.marked && item("seen")}
      {edits && (
        <>
          {item("note")}
          {item("todo")}
          <MenuDivider />
          {item("move")}
          {item("copy")}
          {item("remove")}
        </>
      )}
    </Anchored>
  );
}

export type ListAct = "print" | "export" | "beds" | "default" | "help" | "manage";

// ListMenu holds what is rarely done with the list.
export function ListMenu(props: {
  anchor: HTMLElement;
  data: ListView;
  onAct: (act: ListAct) => void;
  onClose: () => void;
}) {
  const { data } = props;
  const t = useT();
  const edits = mayDo(data.role, "member");
  const item = (act: ListAct, key: Parameters<typeof t>[0]) => (
    <MenuItem onClick={() => props.onAct(act)}>{t(key)}</MenuItem>
  );
  return (
    <Anchored anchor={props.anchor} onClose={props.onClose}>
      {item("print", "list.act.print")}
      {item("export", "list.act.export")}
      <MenuDivider />
      {edits &&
        (data.list.beds?.length ?? 0) > 0 &&
        item("beds", data.list.hideUnoccupied ? "list.beds.show" : "list.beds.hide")}
      {edits && !data.list.default && item("default", "list.act.default")}
      {item("manage", "list.act.manage")}
      {item("help", "list.act.help")}
    </Anchored>
  );
}

// Anchored is an open menu at an element, which gets the focus back.
function Anchored(props: { anchor: HTMLElement; onClose: () => void; children: React.ReactNode }) {
  return (
    <Menu
      open
      positioning={{ target: props.anchor, position: "below", align: "start" }}
      onOpenChange={(_, change) => {
        if (change.open) return;
        props.onClose();
        props.anchor.focus();
      }}
    >
      <MenuPopover>
        <MenuList>{props.children}</MenuList>
      </MenuPopover>
    </Menu>
  );
}
