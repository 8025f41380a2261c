// What a shopper can do about a failed turn.

import type { Code } from "../protocol/types";

export type Recovery =
  /** Ask again under the same id: nothing ran, or whether it ran is unknown, and then the first run answers. */
  | "same"
  /** Ask again under a new id: the old one stands for something else, or for an answer that was cut off for good. */
  | "new"
  /** The text itself is the trouble: write it differently. */
  | "edit"
  /** Nothing here helps. */
  | "none";

const BY_CODE: Readonly<Record<string, Recovery>> = {
  id_reused: "new",
  stopped: "new",
  malformed: "edit",
  invalid: "edit",
  too_large: "edit",
  blocked: "edit",
  forbidden: "none",
  origin_not_allowed: "none",
};

/** How a turn that failed with this code can go on. Codes of a newer server count as faults that pass. */
export function recoveryOf(code: Code): Recovery {
  return BY_CODE[code] ?? "same";
}
