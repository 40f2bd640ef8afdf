import { Suspense } from "react";
import { lazily } from "./lazily";

// A Conflict is an edit that someone else's overtook.
export interface Conflict {
  mine: string;
  theirs: string;
  // by and at tell whose text it is, where known.
  by?: string | undefined;
  at?: string | undefined;
  // removes is set where mine was to delete what is there.
  removes?: boolean;
}

export interface ConflictProps {
  conflict: Conflict | null;
  // onKeep saves a text over theirs: mine, or what was merged.
  onKeep: (text: string) => void;
  // onTake gives mine up.
  onTake: () => void;
  // onClose decides nothing: both stay as they are.
  onClose: () => void;
  // what is shown of a text where it is a code: a date, a choice.
  show?: ((text: string) => string) | undefined;
  // mergeable is false for values that are not text.
  mergeable?: boolean;
}

const Dialog = lazily(() => import("./ConflictDialog"), true);

// ConflictDialog shows both texts and lets the writer choose.
export function ConflictDialog(props: ConflictProps) {
  if (props.conflict === null) return null;
  return (
    <Suspense fallback={null}>
      <Dialog {...props} conflict={props.conflict} />
    </Suspense>
  );
}
