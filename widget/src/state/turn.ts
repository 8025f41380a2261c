// One turn: what the shopper asked, and as much of the answer as has arrived. Pure: events in, the next turn out.

import type { Citation, Code, HistoryTurn, Message, Page, Product, Rating, ServerEvent, Source } from "../protocol/types";

export type Phase =
  /** Sent, or about to be; nothing has arrived. */
  | "waiting"
  | "streaming"
  | "done"
  | "failed"
  /** The shopper ended it. */
  | "stopped";

export interface Failure {
  readonly code: Code;
  /** The server's sentence, for codes that the widget has no words for. */
  readonly message: string;
  /** When a retry is welcome, in milliseconds since the Unix epoch. */
  readonly retryAt: number | null;
}

export interface Turn {
  readonly kind: "turn";
  readonly id: string;
  /** Empty for an answer that came unasked: a person has taken over, or another tab asked. */
  readonly question: string;
  readonly page?: Page;
  readonly not?: string;
  readonly phase: Phase;
  readonly source: Source | null;
  readonly text: string;
  /** The last delta that was appended. */
  readonly seq: number;
  /** The highest delta that arrived. Above `seq`, something is missing between them. */
  readonly seen: number;
  /** The answer begins again: what is shown goes when the first of it arrives. */
  readonly stale: boolean;
  readonly cards: readonly Product[];
  readonly citations: readonly Citation[];
  readonly failure: Failure | null;
  readonly rating: Rating | null;
  /** Whether the shopper said that this edge answer did not help. */
  readonly declined: boolean;
  /** Whether it was loaded from history, and so needs no announcement. */
  readonly past: boolean;
}

/** The turn of a message, before anything has arrived. */
export function newTurn(message: Message): Turn {
  return {
    kind: "turn",
    id: message.id,
    question: message.text,
    ...(message.page === undefined ? {} : { page: message.page }),
    ...(message.not === undefined ? {} : { not: message.not }),
    phase: "waiting",
    source: null,
    text: "",
    seq: 0,
    seen: 0,
    stale: false,
    cards: [],
    citations: [],
    failure: null,
    rating: null,
    declined: false,
    past: false,
  };
}

export function pastTurn(turn: HistoryTurn): Turn {
  return {
    ...newTurn({ id: turn.id, text: turn.text }),
    phase: "done",
    source: turn.source,
    text: turn.answer,
    cards: turn.cards ?? [],
    citations: turn.citations ?? [],
    past: true,
  };
}

/** The message that asks this turn (again). */
export function messageOf(turn: Turn): Message {
  return {
    id: turn.id,
    text: turn.question,
    ...(turn.page === undefined ? {} : { page: turn.page }),
    ...(turn.not === undefined ? {} : { not: turn.not }),
  };
}

export function isOpen(turn: Turn): boolean {
  return turn.phase === "waiting" || turn.phase === "streaming";
}

export function hasGap(turn: Turn): boolean {
  return isOpen(turn) && turn.seen > turn.seq;
}

/** The same turn with its answer about to begin again. */
export function restarted(turn: Turn): Turn {
  return { ...turn, phase: "waiting", seq: 0, seen: 0, stale: true, failure: null };
}

/** The turn after an event of its answer. The same object when the event changes nothing. */
export function answered(turn: Turn, event: ServerEvent, now: number): Turn {
  if (!isOpen(turn)) return turn; // late, or a duplicate after the end
  switch (event.type) {
    case "start":
      return { ...fresh(turn), phase: "streaming", source: event.source };
    case "delta":
      return appended(fresh(turn), event.seq, event.text);
    case "cards":
      return { ...fresh(turn), phase: "streaming", cards: merged(fresh(turn).cards, event.products) };
    case "done":
      // Past a gap the end is not the end: the resumed answer brings it again.
      if (hasGap(turn)) return turn;
      return { ...fresh(turn), phase: "done", source: event.source, citations: event.citations };
    case "error": {
      const retryAt = event.retry_after === undefined ? null : now + event.retry_after * 1000;
      return { ...turn, phase: "failed", failure: { code: event.code, message: event.message, retryAt } };
    }
  }
}

function fresh(turn: Turn): Turn {
  return turn.stale ? { ...turn, stale: false, text: "", cards: [], citations: [], source: null } : turn;
}

function appended(turn: Turn, seq: number, text: string): Turn {
  if (seq <= turn.seq) return turn; // sent again by a resume
  const seen = Math.max(turn.seen, seq);
  if (seq > turn.seq + 1) return { ...turn, phase: "streaming", seen };
  return { ...turn, phase: "streaming", seq, seen, text: turn.text + text };
}

/** Cards that a resume sends again are not shown twice. */
function merged(cards: readonly Product[], more: readonly Product[]): readonly Product[] {
  const known = new Set(cards.map((card) => card.id));
  return [...cards, ...more.filter((card) => !known.has(card.id))];
}
