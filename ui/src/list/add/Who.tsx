import type { Identity, ListRef } from "../../api/gen";
import { useFormat, useT } from "../../common";
import css from "../list.module.css";
import { bornText } from "../words";

// Who tells a patient from others before they are added: name, born and age,
// number, gender, where, and whether they are on a list already.
export function Who(props: {
  identity: Identity;
  location?: string | undefined;
  on?: ListRef[] | undefined;
}) {
  const { identity, location, on } = props;
  const t = useT();
  const f = useFormat();
  return (
    <span className={css.found}>
      <span className={css.foundName}>{f.name(identity)}</span>
      <span>
        <span className={css.label}>{t("list.born")}</span> {bornText(t, f, identity)}
      </span>
      <span>
        <span className={css.label}>{t("list.mrn")}</span> {identity.mrn ?? t("value.notKnown")}
      </span>
      <span>{t.dyn(`gender.${identity.gender ?? "unknown"}`, identity.gender ?? "")}</span>
      {location && <span>{location}</span>}
      {identity.deceased && <strong className={css.badge}>{t("list.deceased")}</strong>}
      {identity.inactive && <strong className={css.badge}>{t("list.inactive")}</strong>}
      {on?.map((list) => (
        <strong key={list.list} className={css.badge}>
          {t("list.add.already", { list: list.name })}
        </strong>
      ))}
    </span>
  );
}
