import { useEffect, useState } from "react";
import type { Format } from "./format";
import { timeNow } from "./time";

// useNow gives the time, anew every so often, for ages and clocks.
export function useNow(everyMs = 30_000): number {
  const [now, setNow] = useState(() => timeNow());
  useEffect(() => {
    const timer = setInterval(() => setNow(timeNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

// useToday gives the date where a format is at home, anew when it is another.
export function useToday(format: Format): string {
  const [today, setToday] = useState(() => format.date(timeNow()));
  useEffect(() => {
    const look = () => setToday(format.date(timeNow()));
    look();
    const timer = setInterval(look, 15_000);
    return () => clearInterval(timer);
  }, [format]);
  return today;
}
