import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { AddPatient, Connection } from "../../api/gen";
import { show, view } from "../../test/render";
import { json, serve } from "../../test/server";
import { sampleEntry, sampleView } from "../testing/sample";
import type { Screen } from "../useScreen";
import AddDialog from "./AddDialog";

const connection = { id: "c1", space: "s1", name: "Hospital", auth: "none", created: "" } as Connection;
const data = sampleView([]);
const families = ["Haddad", "Okonkwo", "Lund"];

const found = (family: string) => ({
  subject: { connection: "c1", patient: family },
  identity: { family, born: "1950-01-01" },
});

// open shows the dialog after all three were chosen and nobody was added: two
// are called like somebody on the list, the third has a record that is there.
async function open() {
  const like = (family: string, index: number) => ({
    index,
    why: family === "Lund" ? "subject" : "nameAndBorn",
    entry: `there-${family}`,
    list: data.list.id,
    listName: data.list.name,
    identity: { family, born: "1950-01-01" },
  });
  const calls = serve({
    "GET /api/patients/spaces/space/lists": () => json({ lists: [data.list], deleted: [] }),
    "POST /api/patients/spaces/s1/search": () =>
      json({ read: [], found: families.map(found), total: 3, known: "exact" }),
    [`POST /api/patients/lists/${data.list.id}/entries`]: ({ body }) => {
      const { patients, again } = body as { patients: AddPatient[]; again?: boolean };
      const names = patients.map((p) => p.identity.family ?? "");
      return json({
        entries: again
          ? names.map((n) => sampleEntry(n, { identity: { family: n }, subject: found(n).subject }))
          : [],
        duplicates: again ? [] : names.map(like),
      });
    },
  });
  const live = { change: () => {} };
  await show(
    <AddDialog screen={{ data, live, showSoon: () => {} } as unknown as Screen} onClose={() => {}} />,
    { view: { ...view, connections: [connection] } },
  );
  await userEvent.type(await screen.findByRole("searchbox"), "a{Enter}");
  for (const box of await screen.findAllByRole("checkbox", { name: /HADDAD|OKONKWO|LUND/ })) {
    await userEvent.click(box);
  }
  await userEvent.click(await screen.findByRole("button", { name: "Add 3" }));
  const left = await screen.findByRole("alert");
  const again = () =>
    calls
      .map((c) => c.body as { patients: AddPatient[]; again?: boolean } | undefined)
      .filter((body) => body?.again)
      .map((body) => body?.patients.map((p) => p.identity.family));
  return { left, again };
}

it("adds one of those who were left over, and leaves the others to be decided", async () => {
  const { left, again } = await open();
  expect(left).toHaveTextContent("3 were not added");
  expect(within(left).queryByRole("button", { name: /LUND/ })).toBeNull();
  await userEvent.click(within(left).getByRole("button", { name: "Add anyway: OKONKWO" }));
  await waitFor(() => expect(left).toHaveTextContent("2 were not added"));
  expect(again()).toEqual([["Okonkwo"]]);
  expect(left).toHaveFocus();
  expect(within(left).queryAllByText("OKONKWO")).toEqual([]);
  await userEvent.click(within(left).getByRole("button", { name: "Add anyway" }));
  await waitFor(() => expect(again()).toEqual([["Okonkwo"], ["Haddad"]]));
  await waitFor(() => expect(left).toHaveTextContent("1 was not added"));
});

it("adds all of them who may be there twice with one press", async () => {
  const { left, again } = await open();
  await userEvent.click(within(left).getByRole("button", { name: "Add all 2 anyway" }));
  await waitFor(() => expect(again()).toEqual([["Haddad", "Okonkwo"]]));
  await waitFor(() => expect(left).toHaveTextContent("1 was not added"));
});
