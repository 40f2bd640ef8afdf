import { useQuery } from "@tanstack/react-query";
import { api, keys } from "../common";

// useLists are the lists of a space.
export function useLists(space: string) {
  return useQuery({
    queryKey: keys.lists(space),
    queryFn: ({ signal }) => api.getLists({ space }, { signal }),
  });
}
