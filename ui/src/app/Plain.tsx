import { makeStyles, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";

const useStyles = makeStyles({
  ground: {
    minHeight: "100vh",
    boxSizing: "border-box",
    padding: `max(2rem, 8vh) ${tokens.spacingHorizontalL} 2rem`,
    backgroundColor: tokens.colorNeutralBackground2,
  },
  card: {
    boxSizing: "border-box",
    width: "100%",
    maxWidth: "28rem",
    margin: "0 auto",
    padding: tokens.spacingHorizontalXXL,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusXLarge,
    boxShadow: tokens.shadow4,
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalL,
    "& p": { margin: 0 },
  },
});

// Plain is a page with one card: what stands before the lists.
export function Plain(props: { children: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.ground}>
      <main className={styles.card}>{props.children}</main>
    </div>
  );
}
