// A device's clock may be wrong by hours, and an age that goes by it would make
// old values look new. Ages, days and what is overdue go by the server's clock.

// Where the clocks differ by less, the device's is taken: an answer says its
// time in whole seconds, and takes its time to come.
const close = 30_000;
// An answer that took longer says nothing of what the time is now.
const quick = 10_000;

let skew = 0;

// timeNow is the time by the server's clock, in milliseconds.
export function timeNow(): number {
  return Date.now() + skew;
}

// heardTime takes the Date that an answer has, to a request of that time by the
// device's clock.
export function heardTime(date: string | null, sent: number): void {
  const at = Date.parse(date ?? "");
  const here = Date.now();
  if (Number.isNaN(at) || here - sent > quick || here < sent) return;
  skew = Math.abs(at - here) < close ? 0 : at - here;
}
