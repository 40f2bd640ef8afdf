import {
  Menu,
  MenuButton,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from "@fluentui/react-components";
import { use } from "react";
import { useLocation } from "wouter";
import { paths } from "../common/paths";
import { mayDo, Place } from "../common/place";
import { useSession } from "../common/session";
import { reasonText } from "../common/state";
import { useToast } from "../common/toast";
import { useT } from "../i18n";

// AccountMenu leads to what is seldom needed, and changes how the pages look.
// It opens as soon as it is there.
export default function AccountMenu() {
  const t = useT();
  const [, go] = useLocation();
  const toast = useToast();
  const view = use(Place);
  const { session, person, setPrefs, signOut } = useSession();
  const failed = (error: unknown) => toast({ text: reasonText(t, error), tone: "failed" });
  const space = view?.space.id;
  return (
    <Menu
      inline
      defaultOpen
      checkedValues={{ theme: [person.prefs.theme ?? ""], locale: [t.locale] }}
      onCheckedValueChange={(_, { name, checkedItems }) => {
        const value = checkedItems[0] ?? "";
        setPrefs(name === "theme" ? { theme: value } : { locale: value }).catch(failed);
      }}
    >
      <MenuTrigger disableButtonEnhancement>
        <MenuButton appearance="subtle" aria-label={t("app.account", { name: person.name })}>
          {person.name}
        </MenuButton>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {space !== undefined && mayDo(view?.role, "viewer") && (
            <>
              <MenuItem onClick={() => go(paths.settings(space))}>{t("nav.settings")}</MenuItem>
              <MenuItem onClick={() => go(paths.members(space))}>{t("nav.members")}</MenuItem>
            </>
          )}
          {space !== undefined && (view?.role === "owner" || view?.role === "auditor") && (
            <MenuItem onClick={() => go(paths.audit(space))}>{t("nav.audit")}</MenuItem>
          )}
          <MenuItem onClick={() => go(paths.spaces())}>{t("nav.spaces")}</MenuItem>
          <MenuDivider />
          <MenuGroup>
            <MenuGroupHeader>{t("settings.theme")}</MenuGroupHeader>
            <MenuItemRadio name="theme" value="">
              {t("theme.system")}
            </MenuItemRadio>
            <MenuItemRadio name="theme" value="light">
              {t("theme.light")}
            </MenuItemRadio>
            <MenuItemRadio name="theme" value="dark">
              {t("theme.dark")}
            </MenuItemRadio>
            <MenuItemRadio name="theme" value="contrast">
              {t("theme.contrast")}
            </MenuItemRadio>
          </MenuGroup>
          <MenuDivider />
          <MenuGroup>
            <MenuGroupHeader>{t("settings.language")}</MenuGroupHeader>
            <MenuItemRadio name="locale" value="en">
              English
            </MenuItemRadio>
            <MenuItemRadio name="locale" value="zh-TW">
              繁體中文
            </MenuItemRadio>
          </MenuGroup>
          <MenuDivider />
          {session.signIn.local && person.username && (
            <MenuItem onClick={() => go(paths.password())}>{t("password.title")}</MenuItem>
          )}
          <MenuItem onClick={() => signOut().catch(failed)}>{t("session.signOut")}</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
