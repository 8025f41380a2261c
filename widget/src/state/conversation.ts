// The conversation as the page shows it: a pure reducer over what the shopper does and what the server sends.

import type { HandoffReply, History, Message, Rating, ServerEvent } from "../protocol/types";
import { answered, isOpen, newTurn, pastTurn, renamed, restarted, type Turn } from "./turn";

/** Something said between the turns. */
export interface Note {
  readonly kind: "note";
  readonly key: string;
  readonly about:
    | { readonly what: "handoff"; readonly reply: HandoffReply }
    /** A person was asked for in vain; `message` as in `Failure`. */
    | { readonly what: "handoff_failed"; readonly code: string; readonly message: string }
    | { readonly what: "signed_in"; readonly name: string }
    | { readonly what: "session_ended" }
    /** The server complained about something that belongs to no turn. */
    | { readonly what: "error"; readonly code: string; readonly message: string };
}

export type Entry = Turn | Note;

export interface Conversation {
  /** Oldest first. */
  readonly entries: readonly Entry[];
  /** Where earlier turns continue; null when there are no more. */
  readonly earlier: string | null;
}

export type Action =
  | { readonly type: "asked"; readonly message: Message }
  | { readonly type: "event"; readonly event: ServerEvent; readonly now: number }
  /** The answer begins again, from its first delta. */
  | { readonly type: "restarted"; readonly id: string }
  /** Asked again under another id. */
  | { readonly type: "renamed"; readonly id: string; readonly to: string }
  | { readonly type: "stopped"; readonly id: string }
  | { readonly type: "rated"; readonly id: string; readonly rating: Rating | null }
  | { readonly type: "declined"; readonly id: string }
  | { readonly type: "removed"; readonly id: string }
  | { readonly type: "history"; readonly page: History }
  | { readonly type: "noted"; readonly note: Note }
  | { readonly type: "cleared" };

export const EMPTY: Conversation = { entries: [], earlier: null };

export function reduce(state: Conversation, action: Action): Conversation {
  switch (action.type) {
    case "asked":
      return { ...state, entries: [...state.entries, newTurn(action.message)] };
    case "event":
      return received(state, action.event, action.now);
    case "restarted":
      return changed(state, action.id, restarted);
    case "renamed":
      return changed(state, action.id, (turn) => renamed(turn, action.to));
    case "stopped":
      return changed(state, action.id, (turn) => (isOpen(turn) ? { ...turn, phase: "stopped" } : turn));
    case "rated":
      return changed(state, action.id, (turn) => ({ ...turn, rating: action.rating }));
    case "declined":
      return changed(state, action.id, (turn) => ({ ...turn, declined: true }));
    case "removed":
      return { ...state, entries: state.entries.filter((entry) => entry.kind !== "turn" || entry.id !== action.id) };
    case "history":
      return withHistory(state, action.page);
    case "noted":
      return { ...state, entries: [...state.entries, action.note] };
    case "cleared":
      return EMPTY;
  }
}

export function turnOf(state: Conversation, id: string): Turn | undefined {
  return state.entries.find((entry): entry is Turn => entry.kind === "turn" && entry.id === id);
}

/** The turn whose answer is still coming, the newest if there are several. */
export function openTurn(state: Conversation): Turn | undefined {
  return state.entries.findLast((entry): entry is Turn => entry.kind === "turn" && isOpen(entry));
}

function received(state: Conversation, event: ServerEvent, now: number): Conversation {
  const { id } = event;
  if (id !== undefined && turnOf(state, id) !== undefined) {
    return changed(state, id, (turn) => answered(turn, event, now));
  }
  if (event.type === "error") {
    const note: Note = {
      kind: "note",
      key: `error-${now}-${state.entries.length}`,
      about: { what: "error", code: event.code, message: event.message },
    };
    return { ...state, entries: [...state.entries, note] };
  }
  // An answer that nobody here asked for begins with its start; the rest of one that was removed is not shown.
  if (event.type !== "start") return state;
  const unasked = newTurn({ id: event.id, text: "" });
  return { ...state, entries: [...state.entries, answered(unasked, event, now)] };
}

/** Earlier turns go before those on the page; one that is on the page already is not shown twice. */
function withHistory(state: Conversation, page: History): Conversation {
  const older = page.turns.filter((turn) => turnOf(state, turn.id) === undefined).map(pastTurn);
  return { entries: [...older, ...state.entries], earlier: page.next ?? null };
}

function changed(state: Conversation, id: string, change: (turn: Turn) => Turn): Conversation {
  let same = true;
  const entries = state.entries.map((entry) => {
    if (entry.kind !== "turn" || entry.id !== id) return entry;
    const next = change(entry);
    if (next !== entry) same = false;
    return next;
  });
  return same ? state : { ...state, entries };
}
