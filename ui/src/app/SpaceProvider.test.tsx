import { act, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { keys } from "../common/keys";
import { show, view } from "../test/render";
import { json, problem, serve } from "../test/server";
import { SpaceProvider } from "./SpaceProvider";

it("shows nothing of a space any more to whom it was closed", async () => {
  let closed = false;
  serve({ "GET /api/patients/spaces/s1": () => (closed ? problem(404, "not-found") : json(view)) });
  const { client } = await show(<SpaceProvider space="s1">patients</SpaceProvider>);
  expect(await screen.findByText("patients")).toBeVisible();
  closed = true;
  await act(() => client.invalidateQueries({ queryKey: keys.space("s1") }));
  expect(await screen.findByText("There is nothing here")).toBeVisible();
  expect(screen.queryByText("patients")).toBeNull();
});
