// How long to wait before the next attempt.

/** The first delay, in milliseconds, before jitter. */
export const DELAY_MS_FIRST = 500;
/** The longest delay, in milliseconds. */
export const DELAY_MS_MAX = 30_000;

/**
 * Exponential backoff with jitter, for the attempt after `failures` failures in a row. At least half of the delay is kept, so that
 * a thousand widgets cut off together come back spread out, and none of them at once.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const full = Math.min(DELAY_MS_MAX, DELAY_MS_FIRST * 2 ** Math.min(failures, 10));
  return full / 2 + (random() * full) / 2;
}
