import { Button, makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { ChevronDownRegular } from "@fluentui/react-icons";
import { type ReactNode, Suspense, use, useState } from "react";
import { Link, useLocation } from "wouter";
import { lazily } from "../common/lazily";
import { paths } from "../common/paths";
import { mayDo, Place } from "../common/place";
import { useSession } from "../common/session";
import { useT } from "../i18n";
import { Lost } from "./Lost";

const AccountMenu = lazily(() => import("./AccountMenu"), true);

const useStyles = makeStyles({
  page: {
    minHeight: "100vh",
    display: "flex",
    flexDirection: "column",
    backgroundColor: tokens.colorNeutralBackground2,
  },
  skip: {
    position: "absolute",
    left: tokens.spacingHorizontalS,
    top: "-4rem",
    zIndex: 10,
    padding: tokens.spacingHorizontalS,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorBrandForegroundLink,
    ":focus": { top: tokens.spacingVerticalXS },
  },
  bar: {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    columnGap: tokens.spacingHorizontalL,
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL}`,
    minHeight: "44px",
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    "@media (max-width: 30rem)": {
      padding: `0 ${tokens.spacingHorizontalS}`,
      columnGap: tokens.spacingHorizontalXS,
    },
    "@media print": { display: "none" },
  },
  brand: {
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: "none",
    overflowWrap: "anywhere",
    padding: `${tokens.spacingVerticalXS} 0`,
    ":hover": { textDecorationLine: "underline" },
  },
  nav: { display: "flex", flexWrap: "wrap", marginInlineStart: "auto", alignItems: "center" },
  link: {
    display: "inline-flex",
    alignItems: "center",
    minHeight: "36px",
    padding: `0 ${tokens.spacingHorizontalM}`,
    color: tokens.colorNeutralForeground2,
    textDecorationLine: "none",
    borderBottom: "2px solid transparent",
    ":hover": { color: tokens.colorNeutralForeground1, textDecorationLine: "underline" },
    "@media (max-width: 30rem)": { padding: `0 ${tokens.spacingHorizontalS}`, minHeight: "44px" },
    "@media (pointer: coarse)": { minHeight: "44px" },
  },
  here: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    borderBottomColor: tokens.colorCompoundBrandStroke,
    "@media (forced-colors: active)": { borderBottomColor: "Highlight" },
  },
  main: {
    flexGrow: 1,
    boxSizing: "border-box",
    width: "100%",
    minWidth: 0,
    padding: tokens.spacingHorizontalL,
    ":focus": { outline: "none" },
    "@media (max-width: 30rem)": { padding: tokens.spacingHorizontalS },
    "@media print": { padding: 0 },
  },
});

// Shell is the frame of all pages: a way home, the ways round the space, and
// who one is.
export function Shell(props: { children: ReactNode }) {
  const t = useT();
  const styles = useStyles();
  const view = use(Place);
  const [path] = useLocation();
  const { session } = useSession();
  const several = session.spaces.length > 1;
  return (
    <div className={styles.page}>
      <a className={styles.skip} href="#content">
        {t("app.skip")}
      </a>
      <header className={styles.bar}>
        <Link href={view ? paths.space(view.space.id) : paths.home()} className={styles.brand}>
          {view ? view.space.name : t("app.name")}
        </Link>
        <nav className={styles.nav} aria-label={t("app.menu")}>
          {view && mayDo(view.role, "viewer") && (view.space.ehr || view.space.manual) && (
            <NavLink href={paths.lists(view.space.id)} path={path}>
              {t("nav.lists")}
            </NavLink>
          )}
          {several && (
            <NavLink href={paths.spaces()} path={path}>
              {t("nav.spaces")}
            </NavLink>
          )}
          <Account />
        </nav>
      </header>
      <Lost />
      <main id="content" tabIndex={-1} className={styles.main}>
        {props.children}
      </main>
    </div>
  );
}

function NavLink(props: { href: string; path: string; children: ReactNode }) {
  const styles = useStyles();
  const here = props.path === props.href;
  return (
    <Link
      href={props.href}
      aria-current={here ? "page" : undefined}
      className={mergeClasses(styles.link, here && styles.here)}
    >
      {props.children}
    </Link>
  );
}

// Account is a plain button until it is first wanted: the menu comes then.
function Account() {
  const t = useT();
  const { person } = useSession();
  const [wanted, setWanted] = useState(false);
  const button = (
    <Button
      appearance="subtle"
      icon={<ChevronDownRegular />}
      iconPosition="after"
      aria-haspopup="menu"
      aria-label={t("app.account", { name: person.name })}
      onClick={() => setWanted(true)}
    >
      {person.name}
    </Button>
  );
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <AccountMenu />
    </Suspense>
  );
}
