import { useEffect, useState } from "react";

/** Whole seconds until this moment (milliseconds since the Unix epoch), counting down; 0 once it is past, or when there is none. */
export function useCountdown(until: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  const left = until === null ? 0 : Math.max(0, Math.ceil((until - now) / 1000));
  useEffect(() => {
    if (until === null || until <= Date.now()) {
      setNow(Date.now());
      return undefined;
    }
    // The clock is read at every tick: timers of a page in the background come late.
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= until) clearInterval(timer);
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, [until]);
  return left;
}
