import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiProblem } from "../common/api";
import { Place } from "../common/place";
import { Bones, Failure } from "../common/state";
import { NotFound } from "./NotFound";
import { spaceQuery } from "./queries";
import { Shell } from "./Shell";

// SpaceProvider reads a space and gives it to the pages in it.
export function SpaceProvider(props: { space: string; children: ReactNode }) {
  const view = useQuery(spaceQuery(props.space));
  // Who may not enter any more sees nothing of what was read before.
  const refused = view.error instanceof ApiProblem && view.error.status === 404;
  if (view.data !== undefined && !refused) return <Place value={view.data}>{props.children}</Place>;
  if (view.isPending) {
    return (
      <Shell>
        <Bones rows={6} />
      </Shell>
    );
  }
  return <Shell>{refused ? <NotFound /> : <Failure of={view.error} onRetry={() => view.refetch()} />}</Shell>;
}
