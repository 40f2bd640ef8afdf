import {
  Button,
  Menu,
  MenuDivider,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from "@fluentui/react-components";
import { useLocation } from "wouter";
import type { List } from "../api/gen";
import { paths, useT } from "../common";
import css from "./list.module.css";
import { useLists } from "./useLists";

// Switcher leads to the space's other lists; the default one has a star.
export default function Switcher({ list, onClose }: { list: List; onClose: () => void }) {
  const t = useT();
  const [, go] = useLocation();
  const lists = useLists(list.space);
  return (
    <Menu
      defaultOpen
      checkedValues={{ list: [list.id] }}
      onCheckedValueChange={(_, change) => {
        const next = change.checkedItems[0];
        if (next) go(paths.list(list.space, next));
      }}
      onOpenChange={(_, change) => !change.open && onClose()}
    >
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" className={css.icon} aria-label={t("list.switch", { list: list.name })}>
          ▾
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {(lists.data?.lists ?? [list]).map((one) => (
            <MenuItemRadio key={one.id} name="list" value={one.id} secondaryContent={String(one.patients)}>
              {one.default ? "★ " : ""}
              {one.name}
            </MenuItemRadio>
          ))}
          <MenuDivider />
          <MenuItem onClick={() => go(paths.lists(list.space))}>{t("list.allLists")}</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
