import { useState } from "react";
import type { Entry, IdentityDecision, PatientView } from "../../api/gen";
import { api, conflictOf, identityOf, reasonText, useT, useToast } from "../../common";
import { usePatientCache, withEntry } from "../data";

/**
 * Decides for the identities that are on the screen. When someone else is there
 * by now, they are shown, and it is asked again.
 */
export function useDecision(view: PatientView) {
  const t = useT();
  const toast = useToast();
  const { change, reload } = usePatientCache(view.entry.id);
  const [overtaken, setOvertaken] = useState(false);
  const decide = async (
    what: Omit<IdentityDecision, "entry" | "base">,
    seen: Entry = view.entry,
  ): Promise<boolean> => {
    try {
      const base = identityOf(seen);
      const entry = await api.decideIdentity({ entry: seen.id, base, ...what });
      setOvertaken(false);
      change((v) => withEntry(v, entry));
      await reload(); // other notes may show now
      if (what.action === "undo") toast({ text: t("identity.undone") });
      else toast({ text: t("identity.done"), undo: () => void decide({ action: "undo" }, entry) });
      return true;
    } catch (error) {
      const now = conflictOf<Entry>(error);
      if (now) {
        change((v) => withEntry(v, now));
        setOvertaken(true);
        void reload();
      }
      if (!now || what.action === "undo") {
        toast({ text: now ? t("identity.overtaken") : reasonText(t, error), tone: "failed" });
      }
      return false;
    }
  };
  return { decide, overtaken };
}
