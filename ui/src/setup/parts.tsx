import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { type ReactNode, useId } from "react";
import { useShared } from "../common/shared";

export const useParts = makeStyles({
  page: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalL,
    width: "100%",
    maxWidth: "60rem",
    margin: "0 auto",
    boxSizing: "border-box",
  },
  narrow: { maxWidth: "44rem" },
  card: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalM,
    padding: tokens.spacingHorizontalL,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    minWidth: 0,
    "@media (max-width: 30rem)": { padding: tokens.spacingHorizontalM },
  },
  cards: {
    display: "grid",
    gridTemplateColumns: "repeat(auto-fit, minmax(min(18rem, 100%), 1fr))",
    gap: tokens.spacingHorizontalL,
  },
  text: { margin: 0, overflowWrap: "anywhere" },
  // A table that does not fit scrolls in its own frame, which takes the focus,
  // so that the keyboard can scroll it too.
  frame: { overflowX: "auto", maxWidth: "100%" },
  table: {
    width: "100%",
    borderCollapse: "collapse",
    "& th, & td": {
      textAlign: "start",
      verticalAlign: "middle",
      padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
      borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
      overflowWrap: "anywhere",
    },
    "& thead th": { color: tokens.colorNeutralForeground2, fontWeight: tokens.fontWeightSemibold },
    "& tbody th": { fontWeight: tokens.fontWeightSemibold },
  },
  // On a phone each row becomes a card, and each cell says what it is.
  stacked: {
    "@media (max-width: 45rem)": {
      "& thead": { position: "absolute", clipPath: "inset(50%)", height: "1px", overflow: "hidden" },
      "& tr": {
        display: "block",
        padding: `${tokens.spacingVerticalS} 0`,
        borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
      },
      "& th, & td": { display: "block", borderBottom: "none", padding: `${tokens.spacingVerticalXS} 0` },
      "& td[data-label]::before": {
        content: "attr(data-label) ' '",
        color: tokens.colorNeutralForeground2,
      },
    },
  },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "center" },
  form: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalM,
    maxWidth: "32rem",
    minWidth: 0,
    // A long choice must not make a field wider than the page.
    "& .fui-Select, & select": { minWidth: 0, width: "100%" },
  },
  filters: {
    display: "flex",
    flexWrap: "wrap",
    gap: tokens.spacingHorizontalM,
    alignItems: "flex-start",
    "& .fui-Select, & select": { maxWidth: "100%" },
  },
  inline: {
    display: "flex",
    flexWrap: "wrap",
    gap: tokens.spacingHorizontalM,
    alignItems: "center",
  },
  details: {
    "& > summary": { cursor: "pointer", minHeight: "24px", padding: `${tokens.spacingVerticalXS} 0` },
    "& > summary:focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  list: { margin: 0, padding: 0, listStyleType: "none" },
});

// Card is a part of a page with a heading of its own.
export function Card(props: { title?: string; className?: string; children: ReactNode }) {
  const parts = useParts();
  const shared = useShared();
  const id = useId();
  return (
    <section
      className={mergeClasses(parts.card, props.className)}
      aria-labelledby={props.title === undefined ? undefined : id}
    >
      {props.title !== undefined && (
        <h2 id={id} className={shared.h2}>
          {props.title}
        </h2>
      )}
      {props.children}
    </section>
  );
}
