import { FluentProvider, teamsLightTheme } from "@fluentui/react-components";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { configure, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { Route, Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";
import { api } from "../../common/api";
import { Keeper } from "../../common/drafts";
import { LiveRegion } from "../../common/live";
import { Place } from "../../common/place";
import { Signed } from "../../common/session";
import { Toaster } from "../../common/toast";
import { Drafts } from "../../common/useDraft";
import { type Locale, loadT, WithTexts } from "../../i18n";
import type { Fake } from "./fake";
import { session, spaceView } from "./sample";

// Dialogs come in chunks of their own, which take a while on a busy machine.
configure({ asyncUtilTimeout: 8000 });

interface Options {
  locale?: Locale;
  path: string;
  route: string;
  role?: "viewer" | "member" | "owner";
}

/** Shows a page as in the app, on the fake server. */
export async function show(page: ReactNode, fake: Fake, options: Options) {
  vi.stubGlobal("fetch", fake.fetch);
  const t = await loadT(options.locale ?? "en");
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const location = memoryLocation({ path: options.path, record: true });
  const signed = session();
  const person = signed.person;
  if (!person) throw new Error("the sample session has nobody in it");
  const state = {
    session: signed,
    person,
    signIn: async () => {},
    signOut: async () => {},
    setPrefs: async () => {},
    reload: async () => {},
  };
  const keeper = new Keeper(api, sessionStorage, 1);
  const shown = render(
    <FluentProvider theme={teamsLightTheme}>
      <QueryClientProvider client={client}>
        <WithTexts t={t}>
          <Signed value={state}>
            <Drafts value={keeper}>
              <Place value={spaceView({ role: options.role ?? "owner" })}>
                <LiveRegion>
                  <Toaster>
                    <Router hook={location.hook}>
                      <Route path={options.route}>{page}</Route>
                      <Route path="/s/:space/l/:list">the list</Route>
                    </Router>
                  </Toaster>
                </LiveRegion>
              </Place>
            </Drafts>
          </Signed>
        </WithTexts>
      </QueryClientProvider>
    </FluentProvider>,
  );
  return { ...shown, location, client, keeper, t };
}
