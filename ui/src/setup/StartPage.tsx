import { useQuery } from "@tanstack/react-query";
import { Redirect } from "wouter";
import { api } from "../common/api";
import { keys } from "../common/keys";
import { paths } from "../common/paths";
import { useSpace } from "../common/place";
import { Bones, Failure } from "../common/state";
import { FirstList } from "./FirstList";
import { FirstRun } from "./FirstRun";

// StartPage leads to the list that a person most likely wants, or to what has
// to be done before there is one.
export default function StartPage() {
  const { space, role } = useSpace();
  const started = space.ehr || space.manual;
  const reads = role !== "auditor";
  const lists = useQuery({
    queryKey: keys.lists(space.id),
    queryFn: ({ signal }) => api.getLists({ space: space.id }, { signal }),
    enabled: started && reads,
  });
  if (!reads) return <Redirect to={paths.audit(space.id)} replace />;
  if (!started) return <FirstRun />;
  if (lists.isPending) return <Bones rows={6} />;
  if (lists.data === undefined) return <Failure of={lists.error} onRetry={() => lists.refetch()} />;
  const first = lists.data.lists.find((l) => l.default) ?? lists.data.lists[0];
  if (first === undefined) return <FirstList />;
  return <Redirect to={paths.list(space.id, first.id)} replace />;
}
