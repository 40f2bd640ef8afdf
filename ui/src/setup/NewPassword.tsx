import { Field, Input, makeStyles, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { useT } from "../i18n";

// least is how long a password must be; the server checks it too.
export const least = 12;

const useStyles = makeStyles({
  show: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    width: "fit-content",
    minHeight: "24px",
    "@media (pointer: coarse)": { minHeight: "44px" },
  },
});

// NewPassword is where somebody makes up a password. It can be pasted, and
// read while it is typed: nothing asks for it twice.
export function NewPassword(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  fault?: string | undefined;
}) {
  const t = useT();
  const styles = useStyles();
  const [shown, setShown] = useState(false);
  return (
    <>
      <Field
        label={props.label}
        required
        hint={t("password.hint", { count: least })}
        {...(props.fault ? { validationMessage: props.fault } : {})}
      >
        <Input
          name="password"
          type={shown ? "text" : "password"}
          autoComplete="new-password"
          value={props.value}
          onChange={(_, data) => props.onChange(data.value)}
        />
      </Field>
      <label className={styles.show}>
        <input type="checkbox" checked={shown} onChange={(event) => setShown(event.target.checked)} />
        {t("password.show")}
      </label>
    </>
  );
}
