import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeEach, expect, it } from "vitest";
import { show } from "../test/render";
import { Keeper } from "./drafts";
import { DraftState, Drafts, useDraft } from "./useDraft";

const kept = new Map<string, { text: string; base: number }>();
let keeper: Keeper;

beforeEach(() => {
  kept.clear();
  sessionStorage.clear();
  keeper = new Keeper(
    {
      getDrafts: async () => ({
        drafts: [...kept].map(([key, d]) => ({ key, ...d, at: "2026-11-23T12:00:00Z" })),
      }),
      setDraft: async ({ key, text, base }) => {
        if (text === "") kept.delete(key);
        else kept.set(key, { text, base: base ?? 0 });
      },
    },
    sessionStorage,
    0,
  );
});

function Note(props: { of: string; initial?: string; base?: number }) {
  const draft = useDraft(props.of, props.initial, props.base);
  return (
    <>
      <textarea aria-label="note" value={draft.text} onChange={(e) => draft.setText(e.target.value)} />
      <output>{`${draft.base} ${draft.restored ? "restored" : "fresh"}`}</output>
      <DraftState of={draft} />
      <button type="button" onClick={() => draft.done()}>
        done
      </button>
    </>
  );
}

const mount = (node: React.ReactNode) => show(<Drafts value={keeper}>{node}</Drafts>);
const box = () => screen.getByLabelText("note");

it("begins with what is there, and keeps what is typed with the version it was typed over", async () => {
  await mount(<Note of="field:e1:summary" initial="old" base={5} />);
  expect(box()).toHaveValue("old");
  await userEvent.type(box(), " and new");
  await waitFor(() => expect(kept.get("field:e1:summary")).toEqual({ text: "old and new", base: 5 }));
  expect(await screen.findByText("Draft kept")).toBeInTheDocument();
});

it("shows what others write until something is typed, and keeps that with the version that was seen", async () => {
  function Written() {
    const [version, setVersion] = useState(5);
    return (
      <>
        <Note of="field:e1:summary" initial={`version ${version}`} base={version} />
        <button type="button" onClick={() => setVersion(version + 1)}>
          they write
        </button>
      </>
    );
  }
  await mount(<Written />);
  await userEvent.click(screen.getByText("they write"));
  expect(box()).toHaveValue("version 6");
  await userEvent.type(box(), " and mine");
  await userEvent.click(screen.getByText("they write"));
  expect(box()).toHaveValue("version 6 and mine");
  await waitFor(() => expect(kept.get("field:e1:summary")).toEqual({ text: "version 6 and mine", base: 6 }));
});

it("brings a draft back with the version it was typed over, not today's", async () => {
  kept.set("field:e1:summary", { text: "half a thou", base: 5 });
  await mount(<Note of="field:e1:summary" initial="someone's newer text" base={9} />);
  await waitFor(() => expect(box()).toHaveValue("half a thou"));
  expect(screen.getByText("5 restored")).toBeInTheDocument();
  await userEvent.type(box(), "ght");
  await waitFor(() => expect(kept.get("field:e1:summary")).toEqual({ text: "half a thought", base: 5 }));
});

it("does not let a late draft overwrite what is being typed", async () => {
  let answer: (v: { drafts: never[] }) => void = () => {};
  keeper = new Keeper(
    { getDrafts: () => new Promise((resolve) => (answer = resolve)), setDraft: async () => {} },
    sessionStorage,
    0,
  );
  await mount(<Note of="note:e1" />);
  await userEvent.type(box(), "typed");
  await act(async () => answer({ drafts: [{ key: "note:e1", text: "late", at: "" } as never] }));
  expect(box()).toHaveValue("typed");
});

it("forgets the draft when the text was saved", async () => {
  await mount(<Note of="note:e1" />);
  await userEvent.type(box(), "text");
  await waitFor(() => expect(kept.size).toBe(1));
  await userEvent.click(await screen.findByText("done"));
  expect(box()).toHaveValue("");
  await waitFor(() => expect(kept.size).toBe(0));
});
