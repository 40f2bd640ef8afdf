import { createContext, use } from "react";
import type { Person, Prefs, Session, SignIn } from "../api/gen";

// A SessionState is who is signed in, and what they can do about it.
export interface SessionState {
  session: Session;
  // person is who is signed in. Pages inside of a space always have one.
  person: Person;
  signIn(how: SignIn): Promise<void>;
  signOut(): Promise<void>;
  // setPrefs changes some of one's preferences.
  setPrefs(change: Partial<Prefs>): Promise<void>;
  // reload reads the session again: a role or a space has changed.
  reload(): Promise<void>;
}

export const Signed = createContext<SessionState | null>(null);

// useSession gives who is signed in.
export function useSession(): SessionState {
  const state = use(Signed);
  if (state === null) throw new Error("useSession outside of a session");
  return state;
}
