import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api } from "../common/api";
import { startOf } from "../common/early";
import { keys } from "../common/keys";

// What the frame of every page stands on.
export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: () => api.getSession(),
  staleTime: Infinity,
});

export const spaceQuery = (space: string) =>
  queryOptions({
    queryKey: keys.space(space),
    queryFn: ({ signal }) => api.getSpace({ space }, { signal }),
    staleTime: 60_000,
  });

// readFirst reads what the frame of the page at an address needs. Whoever is not
// signed in is asked to be before anything of a space is.
export async function readFirst(client: QueryClient, path: string): Promise<void> {
  const { space } = startOf(path);
  await client.prefetchQuery(sessionQuery);
  const session = client.getQueryData(sessionQuery.queryKey);
  if (space && session?.person) await client.prefetchQuery(spaceQuery(space));
}
