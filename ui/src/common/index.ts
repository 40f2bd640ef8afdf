// What every page stands on.
export { type Key, type Locale, type T, useT } from "../i18n";
export { ApiProblem, api, codeOf, conflictOf } from "./api";
export { useNow } from "./clock";
export { type Conflict, ConflictDialog } from "./conflict";
export { useFocusSoon, useReturnFocus } from "./focus";
export { type Format, isCJK, isSet, makeFormat, type NameParts } from "./format";
export { keys } from "./keys";
export { useAnnounce } from "./live";
export { PageHeading, usePage } from "./page";
export { paths } from "./paths";
export { mayDo, roleName, useFormat, useSpace } from "./place";
export { type SessionState, useSession } from "./session";
export { useShared } from "./shared";
export { AsOf, adviceText, Bone, Bones, Failure, Reason, reasonText, StateLine } from "./state";
export { type StreamState, useListStream } from "./stream";
export { type Toast, useToast } from "./toast";
export { DraftState, type DraftText, useDraft } from "./useDraft";
