import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { ListPatch } from "../api/gen";
import { sampleView } from "../list/testing/sample";
import { show } from "../test/render";
import { json, problem, serve } from "../test/server";
import ListsPage from "./ListsPage";

// Which list opens first is no text: nothing of what somebody else wrote in the
// list meanwhile is lost by saying it again.
it("says which list opens first of a list that somebody renamed meanwhile, too", async () => {
  const nights = { ...sampleView([]).list, name: "Nights", default: false };
  const renamed = { ...nights, name: "Night shift", version: 2 };
  const calls = serve({
    "GET /api/patients/spaces/s1/lists": () => json({ lists: [nights], deleted: [] }),
    "PATCH /api/patients/lists/ward": ({ body }) =>
      (body as ListPatch).version === 2 ? json(renamed) : problem(412, "changed", { current: renamed }),
  });
  const sent = () => calls.filter((c) => c.method === "PATCH").map((c) => c.body);
  await show(<ListsPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Open this list first: Nights" }));
  await waitFor(() =>
    expect(sent()).toEqual([
      { version: 1, default: true },
      { version: 2, default: true },
    ]),
  );
  await waitFor(() => expect(calls.filter((c) => c.method === "GET")).toHaveLength(2));
  expect(screen.queryByText("Someone changed it in the meantime.")).toBeNull();
});
