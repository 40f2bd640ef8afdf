import { Field, Select, Switch } from "@fluentui/react-components";
import { useSession } from "../common/session";
import { reasonText } from "../common/state";
import { useToast } from "../common/toast";
import { useT } from "../i18n";
import { Card, useParts } from "./parts";

// OwnSettings are how a person likes the pages; nobody else sees them.
export function OwnSettings() {
  const t = useT();
  const parts = useParts();
  const toast = useToast();
  const { person, setPrefs } = useSession();
  const { prefs } = person;
  const set = (change: Parameters<typeof setPrefs>[0]) => {
    setPrefs(change).catch((error: unknown) => toast({ text: reasonText(t, error), tone: "failed" }));
  };
  return (
    <Card title={t("settings.own")}>
      <div className={parts.form}>
        <Field label={t("settings.language")}>
          <Select value={prefs.locale ?? ""} onChange={(_, data) => set({ locale: data.value })}>
            <option value="">{t("settings.browser")}</option>
            <option value="en">English</option>
            <option value="zh-TW">繁體中文</option>
          </Select>
        </Field>
        <Field label={t("settings.theme")}>
          <Select value={prefs.theme ?? ""} onChange={(_, data) => set({ theme: data.value })}>
            <option value="">{t("theme.system")}</option>
            <option value="light">{t("theme.light")}</option>
            <option value="dark">{t("theme.dark")}</option>
            <option value="contrast">{t("theme.contrast")}</option>
          </Select>
        </Field>
        <Field hint={t("settings.shortcutsHint")}>
          <Switch
            label={t("settings.shortcuts")}
            checked={!prefs.noShortcuts}
            onChange={(_, data) => set({ noShortcuts: !data.checked })}
          />
        </Field>
      </div>
    </Card>
  );
}
