import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { expect, it, vi } from "vitest";
import { usePage } from "../common";
import { Signed } from "../common/session";
import { loadT, WithTexts } from "../i18n";
import { useShortcuts } from "../list/useShortcuts";
import { useRoundKeys } from "../round/keys";
import { person, session } from "../test/render";

// A busy browser drew a page, and what listens to keys and moves the focus came
// a moment later: the first key was lost, or went to the heading.

const signed = {
  session,
  person,
  signIn: async () => {},
  signOut: async () => {},
  setPrefs: async () => {},
  reload: async () => {},
};

// atOnce draws a page and runs a check in the very moment when it is there.
async function atOnce(page: ReactNode, check: () => void) {
  const t = await loadT("en");
  const place = document.createElement("div");
  document.body.append(place);
  const root = createRoot(place);
  const drawn = new Promise<void>((resolve) => {
    new MutationObserver((_, self) => {
      self.disconnect();
      check();
      resolve();
    }).observe(place, { childList: true });
  });
  root.render(
    <WithTexts t={t}>
      <Signed value={signed}>{page}</Signed>
    </WithTexts>,
  );
  await drawn;
  root.unmount();
  place.remove();
}

const press = (key: string) => document.dispatchEvent(new KeyboardEvent("keydown", { key }));

it("a round hears the first key", async () => {
  const heard = vi.fn();
  const Round = () => {
    useRoundKeys(true, heard);
    return <p>Round</p>;
  };
  await atOnce(<Round />, () => press("s"));
  expect(heard).toHaveBeenCalledWith("seen");
});

it("a list hears the first key", async () => {
  const heard = vi.fn();
  const List = () => {
    useShortcuts({ n: heard });
    return <p>List</p>;
  };
  await atOnce(<List />, () => press("n"));
  expect(heard).toHaveBeenCalledOnce();
});

it("a later page has the focus on its heading when it shows", async () => {
  const Page = (props: { title: string }) => (
    <h1 ref={usePage(props.title)} tabIndex={-1}>
      {props.title}
    </h1>
  );
  const at: (string | undefined)[] = [];
  const look = () => at.push(document.activeElement?.tagName);
  await atOnce(<Page title="First" />, look);
  await atOnce(<Page title="Later" />, look);
  expect(at).toEqual(["BODY", "H1"]);
});
