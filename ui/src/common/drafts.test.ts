import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Draft } from "../api/gen";
import { Keeper } from "./drafts";

const wait = 800;

// A Server keeps drafts as the real one does, and can be out of reach.
class Server {
  kept = new Map<string, Draft>();
  down = false;
  writes = 0;

  getDrafts = async () => {
    if (this.down) throw new Error("down");
    return { drafts: [...this.kept.values()] };
  };

  setDraft = async (input: { key: string; text: string; base?: number | undefined }) => {
    this.writes += 1;
    if (this.down) throw new Error("down");
    if (input.text === "") this.kept.delete(input.key);
    else this.kept.set(input.key, { ...input, base: input.base ?? 0, at: "2026-11-23T12:00:00Z" });
  };
}

let server: Server;
let keeper: Keeper;

beforeEach(() => {
  vi.useFakeTimers();
  sessionStorage.clear();
  server = new Server();
  keeper = new Keeper(server, sessionStorage, wait);
  return () => vi.useRealTimers();
});

const inWindow = () => Object.keys(sessionStorage);

describe("Keeper", () => {
  it("keeps a text in the window at once, on the server soon, and then only there", async () => {
    keeper.keep("note:e1", "half a thou", 7);
    expect(inWindow()).toEqual(["wb-draft:note:e1"]);
    expect(server.kept.size).toBe(0);
    await vi.advanceTimersByTimeAsync(wait);
    expect(server.kept.get("note:e1")).toMatchObject({ text: "half a thou", base: 7 });
    expect(inWindow()).toEqual([]);
  });

  it("saves a text that is typed on only once", async () => {
    for (const text of ["a", "ab", "abc"]) {
      keeper.keep("note:e1", text, 0);
      await vi.advanceTimersByTimeAsync(wait / 2);
    }
    await vi.advanceTimersByTimeAsync(wait);
    expect(server.writes).toBe(1);
    expect(server.kept.get("note:e1")?.text).toBe("abc");
  });

  it("keeps it in the window while the server is away, and says so", async () => {
    const states: string[] = [];
    keeper.listen("note:e1", (s) => states.push(s));
    server.down = true;
    keeper.keep("note:e1", "text", 0);
    await vi.advanceTimersByTimeAsync(wait);
    expect(inWindow()).toEqual(["wb-draft:note:e1"]);
    expect(states).toEqual(["saving", "local"]);
    server.down = false;
    await keeper.flush();
    expect(states.at(-1)).toBe("saved");
    expect(inWindow()).toEqual([]);
  });

  it("gives back the window's text before the server's", async () => {
    await server.setDraft({ key: "note:e1", text: "older" });
    expect(await keeper.find("note:e1")).toEqual({ text: "older", base: 0 });
    keeper.keep("note:e1", "newer", 2);
    expect(await keeper.find("note:e1")).toEqual({ text: "newer", base: 2 });
    expect(await keeper.find("note:e2")).toBeUndefined();
  });

  it("gives back to a page loaded anew what the server has", async () => {
    keeper.keep("note:e1", "kept", 1);
    await keeper.flush();
    const later = new Keeper(server, sessionStorage, wait);
    expect(await later.find("note:e1")).toEqual({ text: "kept", base: 1 });
  });

  it("forgets a text that was saved where it belongs", async () => {
    keeper.keep("note:e1", "text", 0);
    await keeper.flush();
    await keeper.drop("note:e1");
    expect(server.kept.size).toBe(0);
    expect(await keeper.find("note:e1")).toBeUndefined();
  });

  it("does not bring back a text that was dropped while it waited", async () => {
    keeper.keep("note:e1", "text", 0);
    await keeper.drop("note:e1");
    await vi.advanceTimersByTimeAsync(wait * 2);
    expect(server.kept.size).toBe(0);
    expect(inWindow()).toEqual([]);
  });

  it("leaves nothing in the window at sign-out", async () => {
    sessionStorage.setItem("other", "stays");
    server.down = true;
    keeper.keep("note:e1", "text", 0);
    keeper.keep("field:e1:summary", "text", 0);
    await vi.advanceTimersByTimeAsync(wait);
    keeper.wipe();
    expect(inWindow()).toEqual(["other"]);
    const writes = server.writes;
    await vi.advanceTimersByTimeAsync(wait * 10);
    expect(server.writes).toBe(writes);
  });

  it("asks the server again for its drafts after it was away", async () => {
    server.down = true;
    await expect(keeper.find("note:e1")).rejects.toThrow("down");
    server.down = false;
    await server.setDraft({ key: "note:e1", text: "there" });
    expect((await keeper.find("note:e1"))?.text).toBe("there");
  });
});
