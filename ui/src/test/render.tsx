import { FluentProvider, teamsLightTheme } from "@fluentui/react-components";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";
import type { Person, Session, SpaceView } from "../api/gen";
import { LiveRegion } from "../common/live";
import { Place } from "../common/place";
import { type SessionState, Signed } from "../common/session";
import { Toaster } from "../common/toast";
import { type Locale, loadT, WithTexts } from "../i18n";

export const person: Person = {
  id: "p1",
  name: "Ward owner",
  created: "2026-11-01T08:00:00Z",
  prefs: {},
};

export const session: Session = {
  person,
  spaces: [{ id: "s1", name: "Ward 4", role: "owner", started: true }],
  signIn: { local: true, firstRun: false, issuers: [], demo: [] },
  idleMinutes: 15,
  version: "test",
  demo: false,
};

export const view: SpaceView = {
  space: {
    id: "s1",
    name: "Ward 4",
    ehr: false,
    manual: false,
    settings: { zone: "Europe/London", refreshEvery: 120, retentionDays: 30, idleMinutes: 15 },
    created: "2026-11-01T08:00:00Z",
    version: 3,
  },
  role: "owner",
  channels: [{ id: "general", space: "s1", name: "General" }],
  connections: [],
  columns: [],
  schemas: [{ id: "rounding", space: "s1", name: "Rounding", columns: [], builtIn: true, version: 1 }],
  owners: ["Ward owner"],
  requests: [],
  people: { p1: "Ward owner" },
};

export interface Surroundings {
  view?: SpaceView | null;
  session?: Partial<SessionState>;
  locale?: Locale;
  path?: string;
}

// show renders a part of the app as it stands in the whole: texts, theme,
// session, space, router and toasts. It gives where the app went to.
export async function show(node: ReactNode, around: Surroundings = {}) {
  const t = await loadT(around.locale ?? "en");
  const memory = memoryLocation({ path: around.path ?? "/", record: true });
  const client = new QueryClient({
    defaultOptions: { queries: { retry: false }, mutations: { retry: false } },
  });
  const signed: SessionState = {
    session,
    person,
    signIn: async () => {},
    signOut: async () => {},
    setPrefs: async () => {},
    reload: async () => {},
    ...around.session,
  };
  const result = render(
    <QueryClientProvider client={client}>
      <WithTexts t={t}>
        <FluentProvider theme={teamsLightTheme}>
          <LiveRegion>
            <Toaster>
              <Router hook={memory.hook} searchHook={memory.searchHook}>
                <Signed value={signed}>
                  <Place value={around.view === undefined ? view : around.view}>{node}</Place>
                </Signed>
              </Router>
            </Toaster>
          </LiveRegion>
        </FluentProvider>
      </WithTexts>
    </QueryClientProvider>,
  );
  return { ...result, t, client, went: memory.history };
}
