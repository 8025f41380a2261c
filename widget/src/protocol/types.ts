// The wire contract of the chat API, as `crates/chat` defines it (event.rs, message.rs, problem.rs). Names and cases are
// those of the JSON, so that a search finds both ends.

export type Source = "faq-edge" | "cache" | "model" | "extractive" | "tool";
export type Stock = "in_stock" | "low" | "out";
export type CitationKind = "faq" | "policy" | "series" | "order";
export type Rating = "up" | "down";

/** An amount in the currency's smallest unit, for example cents. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** A product card. `price` is that of one volume. */
export interface Product {
  readonly id: string;
  readonly title: string;
  readonly alt_title?: string;
  readonly authors: readonly string[];
  readonly genres: readonly string[];
  readonly volumes: number;
  readonly price: Money;
  readonly stock: Stock;
  readonly url: string;
  readonly reason?: string;
}

/** A record that an answer stands on. */
export interface Citation {
  readonly kind: CitationKind;
  readonly id: string;
  readonly title: string;
  readonly url?: string;
}

export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens?: number;
  readonly cache_write_tokens?: number;
  /** Some was counted from the lengths of the texts. */
  readonly estimated?: boolean;
  readonly model?: string;
  readonly cost?: Cost;
}

/** What a model's tokens cost, in millionths of the currency's unit. */
export interface Cost {
  readonly micros: number;
  readonly currency: string;
}

export interface StartEvent {
  readonly type: "start";
  readonly id: string;
  readonly source: Source;
}

/** `seq` counts an answer's deltas from 1, without a gap. */
export interface DeltaEvent {
  readonly type: "delta";
  readonly id: string;
  readonly seq: number;
  readonly text: string;
}

export interface CardsEvent {
  readonly type: "cards";
  readonly id: string;
  readonly products: readonly Product[];
}

export interface DoneEvent {
  readonly type: "done";
  readonly id: string;
  readonly source: Source;
  readonly citations: readonly Citation[];
  readonly usage?: Usage;
}

/** `id` is absent when the server could not tell which message failed. */
export interface ErrorEvent {
  readonly type: "error";
  readonly id?: string;
  readonly code: Code;
  readonly message: string;
  readonly retry_after?: number;
  readonly usage?: Usage;
}

/** An answer is `start`, any number of `delta` and `cards`, then exactly one `done` or `error`. */
export type ServerEvent = StartEvent | DeltaEvent | CardsEvent | DoneEvent | ErrorEvent;

/** The codes of `problem.rs` that the widget tells apart. The list may grow, so any string is a code. */
export type Code = string;

/** Codes that the widget makes itself, when no server could. */
export const NETWORK: Code = "network";

/** The page that the shopper is looking at. */
export interface Page {
  readonly path?: string;
  readonly series?: string;
}

/** A shopper's turn: the body of `POST /v1/chat/messages`, and with a `type` a message over the socket. */
export interface Message {
  readonly id: string;
  readonly text: string;
  readonly page?: Page;
  /** The id of an edge answer that did not help: ask further. */
  readonly not?: string;
}

/** What goes over the WebSocket. Feedback and hand-off go by POST: their replies say whether they arrived. */
export type ClientMessage =
  | ({ readonly type: "message" } & Message)
  | { readonly type: "stop"; readonly id: string }
  | { readonly type: "resume"; readonly id: string; readonly after: number };

/** The 201 of `POST /v1/chat/init` and the reply of `POST /v1/session/upgrade`. */
export interface Session {
  readonly session_id: string;
  readonly tier: string;
  readonly expires_at: number;
  readonly features: readonly string[];
  /** Absent where the host ends no WebSockets. */
  readonly ws_url?: string;
}

/** Where a session's socket is; null where its host has none, and turns go by POST. */
export function socketOf(session: Session): string | null {
  return session.features.includes("websocket") ? (session.ws_url ?? null) : null;
}

export interface HistoryTurn {
  readonly id: string;
  readonly at_ms: number;
  readonly text: string;
  readonly answer: string;
  readonly source: Source;
  readonly cards?: readonly Product[];
  readonly citations?: readonly Citation[];
}

/** A page of history, newest turn last; `next` is passed as `before` to get the turns before these. */
export interface History {
  readonly turns: readonly HistoryTurn[];
  readonly next?: string;
}

export interface HandoffReply {
  readonly handoff_id: string;
  readonly position: number;
  readonly message: string;
}

/** An RFC 9457 problem document. */
export interface Problem {
  readonly code: Code;
  readonly detail: string;
  readonly status: number;
  readonly retry_after?: number;
}

/** A customer that the demo shop offers for signing in. */
export interface DemoCustomer {
  readonly id: string;
  readonly name: string;
  readonly token: string;
}

/** Longest message text, in Unicode scalar values (`crates/chat/src/limits.rs`). */
export const TEXT_CHARS_MAX = 4_000;
