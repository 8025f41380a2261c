// What the page shows, as a store in the sense of React's `useSyncExternalStore`: subscribe, and read an immutable snapshot.

import type { LinkStatus } from "../protocol/transport";
import type { DemoCustomer, Problem, Session } from "../protocol/types";
import { EMPTY, reduce, type Action, type Conversation, type Note } from "./conversation";

export interface Snapshot {
  readonly conversation: Conversation;
  readonly link: LinkStatus;
  readonly session: Session | null;
  /** Why there is no session, and when to try again. */
  readonly trouble: { readonly problem: Problem; readonly retryAt: number | null } | null;
  readonly history: "loading" | "ready" | "failed";
  readonly handoff: "idle" | "asking" | "waiting";
  /** Who is signed in, by the demo's name. */
  readonly customer: DemoCustomer | null;
  readonly customers: readonly DemoCustomer[];
}

export class Store {
  readonly #listeners = new Set<() => void>();
  #notes = 0;
  #snapshot: Snapshot = {
    conversation: EMPTY,
    link: "connecting",
    session: null,
    trouble: null,
    history: "loading",
    handoff: "idle",
    customer: null,
    customers: [],
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Snapshot => this.#snapshot;

  dispatch(action: Action): void {
    const conversation = reduce(this.#snapshot.conversation, action);
    if (conversation !== this.#snapshot.conversation) this.set({ conversation });
  }

  note(about: Note["about"]): void {
    this.#notes += 1;
    this.dispatch({ type: "noted", note: { kind: "note", key: `note-${this.#notes}`, about } });
  }

  set(part: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...part };
    for (const listener of this.#listeners) listener();
  }
}
