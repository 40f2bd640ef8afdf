import { afterEach, expect, it } from "vitest";
import { gate } from "../common/api";
import { session, view } from "../test/render";
import { json, problem, serve } from "../test/server";
import { makeClient } from "./App";
import { readFirst, sessionQuery, spaceQuery } from "./queries";

afterEach(() => gate.open(true));

it("reads who is signed in, and the space that the address is in", async () => {
  const calls = serve({
    "GET /api/session": () => json(session),
    "GET /api/patients/spaces/s1": () => json(view),
  });
  const client = makeClient();
  await readFirst(client, "/patients/s/s1/l/l1");
  expect(client.getQueryData(sessionQuery.queryKey)).toEqual(session);
  expect(client.getQueryData(spaceQuery("s1").queryKey)).toEqual(view);
  expect(calls).toHaveLength(2);
});

// Asking for a space with nobody signed in would close the gate, and cover the
// page on which one signs in.
it("asks for no space while nobody is signed in", async () => {
  const calls = serve({ "GET /api/session": () => json({ ...session, person: undefined }) });
  await readFirst(makeClient(), "/patients/s/s1/l/l1");
  expect(calls.map((call) => call.url)).toEqual(["/api/session"]);
  expect(gate.state()).toBe("open");
});

it("leaves it to the page to say what could not be read", async () => {
  serve({ "GET /api/session": () => problem(500, "internal") });
  const client = makeClient();
  await readFirst(client, "/patients/s/s1/l/l1");
  expect(client.getQueryState(sessionQuery.queryKey)).toMatchObject({ status: "error" });
});
