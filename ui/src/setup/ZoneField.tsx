import { Field, Select } from "@fluentui/react-components";
import { useT } from "../i18n";

// zones are the zones the browser knows, with the chosen one among them.
export function zones(chosen: string): string[] {
  const known = new Set(Intl.supportedValuesOf("timeZone"));
  known.add("UTC");
  if (chosen) known.add(chosen);
  return [...known].sort();
}

// ZoneField chooses the zone in which a space's times are shown.
export function ZoneField(props: { value: string; disabled?: boolean; onChange: (zone: string) => void }) {
  const t = useT();
  return (
    <Field label={t("settings.zone")} hint={t("settings.zoneHint")}>
      <Select
        value={props.value}
        disabled={props.disabled ?? false}
        onChange={(_, data) => props.onChange(data.value)}
      >
        {zones(props.value).map((zone) => (
          <option key={zone} value={zone}>
            {zone.replaceAll("_", " ")}
          </option>
        ))}
      </Select>
    </Field>
  );
}
