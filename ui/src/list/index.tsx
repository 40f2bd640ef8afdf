import { useMemo } from "react";
import { useParams } from "wouter";
import { NotFound } from "../app/NotFound";
import { ApiProblem, Bones, Failure, useSpace } from "../common";
import { ListScreen } from "./ListScreen";
import { useList } from "./useList";

// ListPage is a patient list (P3).
export default function ListPage() {
  const { list = "" } = useParams<{ list: string }>();
  return <OneList key={list} id={list} />;
}

function OneList({ id }: { id: string }) {
  const live = useList(id);
  const { people } = useSpace();
  // Who changes something later may not appear yet when the list is read. The
  // names stay one object, or every row would be drawn again for every message.
  const named = live.data?.people;
  const all = useMemo(() => ({ ...people, ...named }), [people, named]);
  const data = useMemo(() => live.data && { ...live.data, people: all }, [live.data, all]);
  if (data) return <ListScreen live={live} data={data} />;
  if (live.error instanceof ApiProblem && live.error.status === 404) return <NotFound />;
  if (live.error) return <Failure of={live.error} onRetry={() => void live.reload()} />;
  return <Bones rows={8} height="3.5rem" />;
}
