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
import { useQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";
import type { List } from "../api/gen";
import { api, keys, paths, useT } from "../common";
import css from "./list.module.css";

// Switcher leads to the space's other lists; the default one has a star.
export default function Switcher({ list, onClose }: { list: List; onClose: () => void }) {
  const t = useT();
  const [, go] = useLocation();
  const lists = useQuery({
    queryKey: keys.lists(list.space),
    queryFn: ({ signal }) => api.getLists({ space: list.space }, { signal }),
  });
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
