import { QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, it } from "vitest";
import type { ListView } from "../api/gen";
import { makeClient } from "../app/App";
import { keys } from "../common";
import { json, serve, stream } from "../test/server";
import { sampleCell, sampleEntry, sampleView } from "./testing/sample";
import { useList, withCell } from "./useList";

// A page opened a list while the EHR was being read, and somebody changed its
// beds: the list was read again, and cells that came before the answer, but
// after what it tells of, were lost until the next reading of the EHR.
it("keeps what comes while the list is read again", async () => {
  const view = (seq: number): ListView => ({ ...sampleView([sampleEntry("a")]), seq });
  let answer: (view: ListView) => void = () => {};
  const events = stream();
  const answers = [
    Promise.resolve(json(view(1))),
    new Promise<Response>((resolve) => {
      answer = (late) => resolve(json(late));
    }),
  ];
  const calls = serve({
    "GET /api/patients/lists/ward": () => answers.shift() ?? new Promise(() => {}),
    "GET /api/patients/lists/ward/stream": () => events.response,
  });
  const client = makeClient();
  const wrapper = (props: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{props.children}</QueryClientProvider>
  );
  const { result } = renderHook(() => useList("ward"), { wrapper });
  const hr = () => result.current.data?.entries[0]?.cells.hr?.items?.[0]?.text;
  const reads = () => calls.filter((call) => call.url === "/api/patients/lists/ward").length;
  await waitFor(() => expect(result.current.stream).toBe("live"));

  client.setQueryData(keys.lists("space"), { lists: [], deleted: [] });
  events.say({ seq: 2, kind: "list" });
  await waitFor(() => expect(reads()).toBe(2));
  // What other parts of the page know of the space's lists is old now.
  expect(client.getQueryState(keys.lists("space"))?.isInvalidated).toBe(true);
  events.say({ seq: 3, kind: "cell", entry: "a", column: "hr", cell: sampleCell("88", { seq: 3 }) });
  await waitFor(() => expect(hr()).toBe("88"));
  act(() => result.current.change((now) => ({ ...now, view: { ...now.view, sort: "bed" } })));
  answer({ ...view(2), list: { ...view(2).list, name: "Ward B" } });
  await waitFor(() => expect(result.current.data?.list.name).toBe("Ward B"));
  expect(hr()).toBe("88");
  expect(result.current.data?.seq).toBe(3);
  expect(result.current.data?.view.sort).toBe("bed");
});

it.each([
  ["takes the place of an older one", 4, "mine"],
  ["takes the place of what was shown until it came", 5, "mine"],
  ["does not take the place of what another wrote since", 6, "there"],
])("a cell that was saved %s", (_, seq, want) => {
  const view = sampleView([sampleEntry("a", { cells: { summary: sampleCell("there", { seq }) } })]);
  const after = withCell(view, "a", "summary", sampleCell("mine", { seq: 5 }));
  expect(after.entries[0]?.cells.summary?.items?.[0]?.text).toBe(want);
});
