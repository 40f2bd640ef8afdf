import {
  createDOMRenderer,
  FluentProvider,
  RendererProvider,
  useFocusFinders,
} from "@fluentui/react-components";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { Router } from "wouter";
import { ApiProblem } from "../common/api";
import { LiveRegion } from "../common/live";
import { Toaster } from "../common/toast";
import { I18n, pickLocale, type T } from "../i18n";
import { ErrorBoundary } from "./ErrorBoundary";
import { nonceOf } from "./nonce";
import { sessionQuery } from "./queries";
import { Routes } from "./Routes";
import { SessionProvider } from "./SessionProvider";
import { themes, useTheme } from "./theme";

// makeClient makes the cache of answers. What the server refuses is not asked
// again; what did not reach it is, twice.
export function makeClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: "always",
        staleTime: 15_000,
        retry: (count, error) => count < 2 && error instanceof ApiProblem && error.status === 0,
        retryDelay: (count) => 1000 * 2 ** count,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}

// App is the Patients app, whole. It begins with texts in one of the browser's
// languages, and with the answers that the client holds.
export function App({ texts, client }: { texts: T; client: QueryClient }) {
  const [renderer] = useState(() => {
    const nonce = nonceOf(document);
    return createDOMRenderer(document, nonce === undefined ? {} : { styleElementAttributes: { nonce } });
  });
  return (
    <RendererProvider renderer={renderer}>
      <QueryClientProvider client={client}>
        <Look texts={texts}>
          <ErrorBoundary>
            <LiveRegion>
              <Toaster>
                <Router base="/patients">
                  <SessionProvider>
                    <Routes />
                  </SessionProvider>
                </Router>
              </Toaster>
            </LiveRegion>
          </ErrorBoundary>
        </Look>
      </QueryClientProvider>
    </RendererProvider>
  );
}

// Look gives the pages their language and theme: the person's, or until it is
// known who it is, the browser's.
function Look(props: { texts: T; children: ReactNode }) {
  const session = useQuery(sessionQuery);
  const prefs = session.data?.person?.prefs;
  const theme = useTheme(prefs?.theme);
  useEffect(() => {
    document.documentElement.style.colorScheme = theme === "light" ? "light" : "dark";
  }, [theme]);
  return (
    <I18n first={props.texts} locale={pickLocale(prefs?.locale, navigator.languages)}>
      <FluentProvider theme={themes[theme]} data-theme={theme}>
        <FocusKeeper />
        {props.children}
      </FluentProvider>
    </I18n>
  );
}

// FocusKeeper holds on to what manages the focus of dialogs. If the last dialog
// took it along when it closes, the page behind would stay hidden from screen
// readers.
function FocusKeeper() {
  useFocusFinders();
  return null;
}
