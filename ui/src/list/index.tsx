import { useParams } from "wouter";
import { Bones, Failure } from "../common";
import { ListScreen } from "./ListScreen";
import { useList } from "./useList";

// ListPage is a patient list (P3).
export default function ListPage() {
  const { list = "" } = useParams<{ list: string }>();
  return <OneList key={list} id={list} />;
}

function OneList({ id }: { id: string }) {
  const live = useList(id);
  if (live.data) return <ListScreen live={live} data={live.data} />;
  if (live.error) return <Failure of={live.error} onRetry={() => void live.reload()} />;
  return <Bones rows={8} height="3.5rem" />;
}
