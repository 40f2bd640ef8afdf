import { lazy, Suspense, useEffect } from "react";
import { Redirect, Route, Switch, useParams } from "wouter";
import { paths } from "../common/paths";
import { useSession } from "../common/session";
import { Bones } from "../common/state";
import { NotFound } from "./NotFound";
import { Shell } from "./Shell";
import { SpaceProvider } from "./SpaceProvider";

// What most visits begin with is loaded by name, so that it can be on its way
// before it is known who is there.
const pages = {
  list: () => import("../list/index"),
  patient: () => import("../patient/index"),
  round: () => import("../round/index"),
};

// pageAt names the page of those that an address leads to.
export function pageAt(path: string): keyof typeof pages | undefined {
  const [, rest] = /\/l\/[^/]+\/?(.*)$/.exec(path) ?? [];
  if (rest === "") return "list";
  if (rest === "round") return "round";
  return rest?.startsWith("p/") ? "patient" : undefined;
}

// preload begins to load the page that an address leads to.
export function preload(path: string): void {
  const page = pageAt(path);
  if (page !== undefined) pages[page]().catch(() => {}); // whoever needs it tries again, and says so
}

const ListPage = lazy(pages.list);
const PrintPage = lazy(() => import("../list/print"));
const PatientPage = lazy(pages.patient);
const RoundPage = lazy(pages.round);
const SpacesPage = lazy(() => import("../setup/SpacesPage"));
const PasswordPage = lazy(() => import("../setup/PasswordPage"));
const StartPage = lazy(() => import("../setup/StartPage"));
const ListsPage = lazy(() => import("../setup/ListsPage"));
const ConnectPage = lazy(() => import("../setup/ConnectPage"));
const SettingsPage = lazy(() => import("../setup/SettingsPage"));
const MembersPage = lazy(() => import("../setup/MembersPage"));
const AuditPage = lazy(() => import("../setup/AuditPage"));

// Routes leads from addresses to pages. Rounds and prints have the screen for
// themselves.
export function Routes() {
  return (
    <Suspense fallback={<Bones rows={6} />}>
      <Switch>
        <Route path="/" component={Home} />
        <Route path="/welcome">
          <Redirect to={paths.home()} replace />
        </Route>
        <Route path="/spaces">
          <Shell>
            <SpacesPage />
          </Shell>
        </Route>
        <Route path="/password">
          <Shell>
            <PasswordPage />
          </Shell>
        </Route>
        <Route path="/s/:space/l/:list/round">
          <InSpace bare>
            <RoundPage />
          </InSpace>
        </Route>
        <Route path="/s/:space/l/:list/print">
          <InSpace bare>
            <PrintPage />
          </InSpace>
        </Route>
        <Route path="/s/:space/*?">
          <InSpace>
            <Switch>
              <Route path="/s/:space" component={StartPage} />
              <Route path="/s/:space/lists" component={ListsPage} />
              <Route path="/s/:space/l/:list" component={ListPage} />
              <Route path="/s/:space/l/:list/p/:entry" component={PatientPage} />
              <Route path="/s/:space/settings" component={SettingsPage} />
              <Route path="/s/:space/connect" component={ConnectPage} />
              <Route path="/s/:space/members" component={MembersPage} />
              <Route path="/s/:space/audit" component={AuditPage} />
              <Route component={NotFound} />
            </Switch>
          </InSpace>
        </Route>
        <Route>
          <Shell>
            <NotFound />
          </Shell>
        </Route>
      </Switch>
    </Suspense>
  );
}

// Home goes to the space that was last used, or to the only one, or lets
// choose.
function Home() {
  const { session, person } = useSession();
  const mine = session.spaces.filter((s) => s.role);
  const last = mine.find((s) => s.id === person.prefs.space) ?? (mine.length === 1 ? mine[0] : undefined);
  return <Redirect to={last ? paths.space(last.id) : paths.spaces()} replace />;
}

function InSpace(props: { bare?: boolean; children: React.ReactNode }) {
  const { space } = useParams<{ space: string }>();
  const { person, setPrefs } = useSession();
  const last = person.prefs.space;
  useEffect(() => {
    if (last !== space) void setPrefs({ space }).catch(() => {});
  }, [last, space, setPrefs]);
  const inner = <Suspense fallback={<Bones rows={6} />}>{props.children}</Suspense>;
  return (
    <SpaceProvider space={space} key={space}>
      {props.bare ? inner : <Shell>{inner}</Shell>}
    </SpaceProvider>
  );
}
