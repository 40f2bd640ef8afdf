/**
 * The order in which a list was last shown, with its filter. The list keeps it
 * for the tab, by ids alone, so that "next patient" means the next row.
 */
const keyOf = (list: string) => `wb.order.${list}`;

export function readOrder(list: string, storage: Storage = sessionStorage): string[] {
  try {
    const kept: unknown = JSON.parse(storage.getItem(keyOf(list)) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

export interface Neighbours {
  previous?: string;
  next?: string;
  /** 1 for the first; 0 when the patient is not in the order. */
  place: number;
  total: number;
}

/**
 * Who comes before and after. Kept is the order as shown, standing the order
 * of the server: it is used where the patient is not among what was shown, and
 * it drops those who have left the list since.
 */
export function neighboursOf(entry: string, kept: string[], standing: string[] | undefined): Neighbours {
  const here = standing ? kept.filter((id) => standing.includes(id)) : kept;
  const order = here.includes(entry) ? here : (standing ?? []);
  const index = order.indexOf(entry);
  if (index < 0) return { place: 0, total: order.length };
  return {
    ...pick("previous", order[index - 1]),
    ...pick("next", order[index + 1]),
    place: index + 1,
    total: order.length,
  };
}

function pick<K extends string>(key: K, id: string | undefined): Partial<Record<K, string>> {
  return id === undefined ? {} : ({ [key]: id } as Partial<Record<K, string>>);
}
