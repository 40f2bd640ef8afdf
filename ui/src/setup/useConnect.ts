import { useCallback, useEffect, useRef, useState } from "react";
import type { ConnectInput, ConnectStep, StreamOptions } from "../api/gen";
import { advance, newTrial, type Trial } from "./steps";

export interface Connecting {
  trial: Trial | null;
  running: boolean;
  error: unknown;
  run(link: string, call: (options: StreamOptions<ConnectStep>) => Promise<void>): Promise<Trial | null>;
  stop(): void;
  reset(): void;
}

// useConnecting runs a trial and shows its steps as they come. What the page
// leaves behind is stopped.
export function useConnecting(): Connecting {
  const [trial, setTrial] = useState<Trial | null>(null);
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);

  const run = useCallback<Connecting["run"]>(async (link, call) => {
    abort.current?.abort();
    const control = new AbortController();
    abort.current = control;
    let now = newTrial(link);
    setTrial(now);
    setError(null);
    setRunning(true);
    try {
      await call({
        signal: control.signal,
        onEvent: (step) => {
          now = advance(now, step);
          setTrial(now);
        },
      });
      return now;
    } catch (failure) {
      if (!control.signal.aborted) setError(failure);
      return null;
    } finally {
      if (abort.current === control) setRunning(false);
    }
  }, []);
  const stop = useCallback(() => abort.current?.abort(), []);
  const reset = useCallback(() => {
    abort.current?.abort();
    setTrial(null);
    setError(null);
  }, []);
  return { trial, running, error, run, stop, reset };
}

// A Form is what is typed into the Connect form.
export interface Form {
  link: string;
  name: string;
  clientID: string;
  secret: string;
  tenant: string;
  username: string;
  auth: string;
  tokenURL: string;
}

export const emptyForm: Form = {
  link: "",
  name: "",
  clientID: "",
  secret: "",
  tenant: "",
  username: "",
  auth: "",
  tokenURL: "",
};

// inputOf makes the request of a form. Empty fields are left out: the server
// finds out what it can.
export function inputOf(space: string, form: Form, link: string, replaces: string): ConnectInput {
  const filled = (value: string) => value.trim() || undefined;
  return {
    space,
    link,
    name: form.name.trim(),
    auth: filled(form.auth),
    clientID: filled(form.clientID),
    secret: form.secret || undefined,
    tenant: filled(form.tenant),
    username: filled(form.username),
    tokenURL: filled(form.tokenURL),
    replaces: replaces || undefined,
    save: true,
  };
}
