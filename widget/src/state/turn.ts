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

/** An answer that comes again from its beginning. */
export interface Replay {
  /** What has come again of the text. While the text on the page begins with it, the page stays as it is. */
  readonly text: string;
  readonly cards: readonly Product[];
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
  /** Set while the answer comes again: `seq` and `seen` count what comes again, and what is shown stays. */
  readonly replay: Replay | null;
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
    replay: null,
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
  return { ...turn, phase: "waiting", seq: 0, seen: 0, replay: { text: "", cards: [] }, failure: null };
}

/** The same question under another id. What the old one was answered is not part of its answer. */
export function renamed(turn: Turn, id: string): Turn {
  return { ...restarted(turn), id, source: null, text: "", cards: [], citations: [], replay: null };
}

/** The turn after an event of its answer. The same object when the event changes nothing. */
export function answered(turn: Turn, event: ServerEvent, now: number): Turn {
  if (!isOpen(turn)) return turn; // late, or a duplicate after the end
  switch (event.type) {
    case "start":
      return { ...turn, phase: "streaming", source: event.source };
    case "delta":
      return appended(turn, event.seq, event.text);
    case "cards": {
      const replay = turn.replay && { ...turn.replay, cards: merged(turn.replay.cards, event.products) };
      return { ...turn, phase: "streaming", cards: merged(turn.cards, event.products), replay };
    }
    case "done": {
      // Past a gap the end is not the end: the resumed answer brings it again.
      if (hasGap(turn)) return turn;
      const { text, cards } = turn.replay ?? turn;
      return { ...turn, phase: "done", source: event.source, text, cards, citations: event.citations, replay: null };
    }
    case "error": {
      const retryAt = event.retry_after === undefined ? null : now + event.retry_after * 1000;
      return { ...turn, phase: "failed", replay: null, failure: { code: event.code, message: event.message, retryAt } };
    }
  }
}

function appended(turn: Turn, seq: number, more: string): Turn {
  if (seq <= turn.seq) return turn; // sent again by a resume
  const seen = Math.max(turn.seen, seq);
  if (seq > turn.seq + 1) return { ...turn, phase: "streaming", seen };
  const next: Turn = { ...turn, phase: "streaming", seq, seen };
  if (turn.replay === null) return { ...next, text: turn.text + more };
  const replay = { ...turn.replay, text: turn.replay.text + more };
  if (turn.text.startsWith(replay.text)) return { ...next, replay };
  if (replay.text.startsWith(turn.text)) return { ...next, text: replay.text, replay };
  // It is another answer: the turn ran again. Nothing of the first one belongs to it.
  return { ...next, text: replay.text, cards: replay.cards, replay: null };
}

/** Cards that a resume sends again are not shown twice. */
function merged(cards: readonly Product[], more: readonly Product[]): readonly Product[] {
  const known = new Set(cards.map((card) => card.id));
  return [...cards, ...more.filter((card) => !known.has(card.id))];
}
