import { useEffect, useState } from "react";

/** Whole seconds until this moment (milliseconds since the Unix epoch), counting down; 0 once it is past, or when there is none. */
export function useCountdown(until: number | null): number {
  // What a tick read from the clock, and for which moment: a reading for another moment says nothing about this one.
  const [tick, setTick] = useState<{ until: number; left: number } | null>(null);
  useEffect(() => {
    if (until === null) return undefined;
    // The clock is read at every tick: timers of a page in the background come late.
    const timer = setInterval(() => {
      const left = secondsUntil(until);
      setTick({ until, left });
      if (left === 0) clearInterval(timer);
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, [until]);
  if (until === null) return 0;
  return tick?.until === until ? tick.left : secondsUntil(until);
}

function secondsUntil(moment: number): number {
  return Math.max(0, Math.ceil((moment - Date.now()) / 1000));
}
