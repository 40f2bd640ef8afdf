import type { Draft } from "../api/gen";

// A Keeper keeps what someone is typing: at once in the window's session
// storage, soon on the server, which then is the place it comes back from. The
// copy in the window goes when the server has it.
export interface DraftServer {
  getDrafts(): Promise<{ drafts: Draft[] }>;
  setDraft(input: { key: string; text: string; base?: number | undefined }): Promise<void>;
}

export interface Kept {
  text: string;
  base: number;
}

export type KeepState = "clean" | "saving" | "saved" | "local";

const prefix = "wb-draft:";

export class Keeper {
  readonly #server: DraftServer;
  readonly #storage: Storage;
  readonly #wait: number;
  #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #unsaved = new Map<string, Kept>();
  #listeners = new Map<string, Set<(state: KeepState) => void>>();
  #known: Promise<Map<string, Kept>> | null = null;

  constructor(server: DraftServer, storage: Storage, waitMs = 800) {
    this.#server = server;
    this.#storage = storage;
    this.#wait = waitMs;
  }

  // find gives the draft of a key: the window's, which is newer, or the
  // server's.
  async find(key: string): Promise<Kept | undefined> {
    const local = this.#storage.getItem(prefix + key);
    if (local !== null) return JSON.parse(local) as Kept;
    this.#known ??= this.#server.getDrafts().then(
      (all) => new Map(all.drafts.map((d) => [d.key, { text: d.text, base: d.base ?? 0 }])),
      (error: unknown) => {
        this.#known = null;
        throw error;
      },
    );
    return (await this.#known).get(key);
  }

  keep(key: string, text: string, base: number): void {
    const kept = { text, base };
    this.#storage.setItem(prefix + key, JSON.stringify(kept));
    this.#unsaved.set(key, kept);
    this.#tell(key, "saving");
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => void this.#save(key), this.#wait),
    );
  }

  // drop forgets a draft: its text was saved where it belongs, or thrown away.
  async drop(key: string): Promise<void> {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    this.#unsaved.delete(key);
    this.#storage.removeItem(prefix + key);
    const known = await this.#known;
    known?.delete(key);
    this.#tell(key, "clean");
    await this.#server.setDraft({ key, text: "" }).catch(() => {});
  }

  // flush saves everything now, before the screen locks.
  async flush(): Promise<void> {
    await Promise.all([...this.#unsaved.keys()].map((key) => this.#save(key)));
  }

  // wipe takes every draft out of the window, at sign-out.
  wipe(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#unsaved.clear();
    this.#known = null;
    for (const name of Object.keys(this.#storage)) {
      if (name.startsWith(prefix)) this.#storage.removeItem(name);
    }
  }

  listen(key: string, listener: (state: KeepState) => void): () => void {
    const all = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, all.add(listener));
    return () => all.delete(listener);
  }

  async #save(key: string): Promise<void> {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    const kept = this.#unsaved.get(key);
    if (kept === undefined) return;
    try {
      await this.#server.setDraft({ key, text: kept.text, base: kept.base });
    } catch {
      this.#tell(key, "local");
      return;
    }
    (await this.#known)?.set(key, kept);
    // More may have been typed in the meantime; that is saved by its own timer.
    if (this.#unsaved.get(key) !== kept) return;
    this.#unsaved.delete(key);
    this.#storage.removeItem(prefix + key);
    this.#tell(key, "saved");
  }

  #tell(key: string, state: KeepState): void {
    for (const listener of this.#listeners.get(key) ?? []) listener(state);
  }
}
