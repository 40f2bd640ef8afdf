import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { show } from "../../test/render";
import { json, serve } from "../../test/server";
import { Search } from "./Search";

const found = (family: string) => ({
  subject: { connection: "c1", patient: family },
  identity: { family, born: "1950-01-01" },
});

// Adding took its time, and who was ticked in between was not added afterwards.
it("keeps who is chosen while others are being added", async () => {
  serve({
    "POST /api/patients/spaces/s1/search": () =>
      json({ read: [], found: [found("Haddad"), found("Okonkwo")], total: 2, known: "exact" }),
  });
  let added = () => {};
  const onAdd = () =>
    new Promise<boolean>((resolve) => {
      added = () => resolve(true);
    });
  await show(
    <Search space="s1" connection="c1" added={new Map()} onAdd={onAdd} busy={false} onNumbers={() => {}} />,
  );
  await userEvent.type(await screen.findByRole("searchbox"), "a{Enter}");
  const first = await screen.findByRole("checkbox", { name: /HADDAD/ });
  const second = screen.getByRole("checkbox", { name: /OKONKWO/ });
  await userEvent.click(first);
  await userEvent.click(await screen.findByRole("button", { name: "Add 1" }));
  await userEvent.click(second);
  expect(screen.getByRole("button", { name: "Add 2" })).toBeVisible();
  act(added);
  await waitFor(() => expect(first).not.toBeChecked());
  expect(second).toBeChecked();
});
