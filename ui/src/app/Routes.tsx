import { type ComponentType, Suspense, useEffect, useState } from "react";
import { Redirect, Route, Switch, useParams } from "wouter";
import { type EarlyPage, startOf } from "../common/early";
import { lazily } from "../common/lazily";
import { paths } from "../common/paths";
import { useSession } from "../common/session";
import { Bones } from "../common/state";
import { Lost } from "./Lost";
import { NotFound } from "./NotFound";
import { Shell } from "./Shell";
import { SpaceProvider } from "./SpaceProvider";

// early is a page that can be on its way before it is known who is there. If
// it has come, it is shown at once: React keeps what it shows in place of a lazy
// page for a third of a second, however fast the page comes.
function early(load: () => Promise<{ default: ComponentType }>) {
  let here: ComponentType | undefined;
  const later = lazily(load);
  function Page() {
    const [Shown] = useState(() => here ?? later);
    return <Shown />;
  }
  return {
    Page,
    load: async () => {
      here = (await load()).default;
    },
  };
}

// What most visits begin with.
const pages: Record<EarlyPage, ReturnType<typeof early>> = {
  list: early(() => import("../list/index")),
  patient: early(() => import("../patient/index")),
  round: early(() => import("../round/index")),
};

// preload begins to load the page that an address leads to.
export async function preload(path: string): Promise<void> {
  const { page } = startOf(path);
  if (page) await pages[page].load().catch(() => {}); // whoever needs it tries again, and says so
}

const ListPage = pages.list.Page;
const PrintPage = lazily(() => import("../list/print"));
const PatientPage = pages.patient.Page;
const RoundPage = pages.round.Page;
const SpacesPage = lazily(() => import("../setup/SpacesPage"));
const PasswordPage = lazily(() => import("../setup/PasswordPage"));
const StartPage = lazily(() => import("../setup/StartPage"));
const ListsPage = lazily(() => import("../setup/ListsPage"));
const ConnectPage = lazily(() => import("../setup/ConnectPage"));
const SettingsPage = lazily(() => import("../setup/SettingsPage"));
const MembersPage = lazily(() => import("../setup/MembersPage"));
const AuditPage = lazily(() => import("../setup/AuditPage"));

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
      {props.bare ? (
        <>
          <Lost />
          {inner}
        </>
      ) : (
        <Shell>{inner}</Shell>
      )}
    </SpaceProvider>
  );
}
