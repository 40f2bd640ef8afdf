import { makeStyles, tokens } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { keys } from "../common/keys";
import { useAnnounce } from "../common/live";
import { useFormat } from "../common/place";
import { useLostSince } from "../common/reach";
import { useT } from "../i18n";

const useStyles = makeStyles({
  bar: {
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalL}`,
    backgroundColor: tokens.colorStatusWarningBackground2,
    color: tokens.colorStatusWarningForeground2,
    borderBottom: `1px solid ${tokens.colorStatusWarningBorder1}`,
    "@media (forced-colors: active)": { borderBottomColor: "Highlight" },
    "@media print": { display: "none" },
  },
});

// Lost says, on every page, that the server cannot be reached, since when, and
// what that means for what stands below. When it can be again, what is shown is
// read anew.
export function Lost() {
  const t = useT();
  const f = useFormat();
  const styles = useStyles();
  const client = useQueryClient();
  const announce = useAnnounce();
  const since = useLostSince();
  const was = useRef(since);
  useEffect(() => {
    if (was.current !== undefined && since === undefined) {
      announce(t("lost.back"));
      // Not who is signed in: should the session be over, whatever is read first
      // says so, and the page stays below the cover.
      void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== keys.session[0] });
    }
    was.current = since;
  }, [since, announce, client, t]);
  return (
    <div role="status">
      {since !== undefined && <div className={styles.bar}>{t("lost.since", { time: f.short(since) })}</div>}
    </div>
  );
}
