/**
 * Whether a due date has passed. A plain date is over when its day is, in the
 * zone of the ward; today is its date there.
 */
export function isOverdue(due: string, today: string, now: number): boolean {
  if (/^\d{4}-\d{2}-\d{2}$/.test(due)) return due < today;
  const at = Date.parse(due);
  return !Number.isNaN(at) && at < now;
}

/** The day in a zone, as YYYY-MM-DD. */
export function dayIn(zone: string, now: number): string {
  return new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(now);
}
