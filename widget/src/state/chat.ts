// The chat of one page: joins the reducer, the HTTP calls and the connection, and is what the components talk to.

import { Api } from "../protocol/api";
import { Connection } from "../protocol/connection";
import { errorEvent, problemFrom } from "../protocol/problem";
import type { LinkStatus } from "../protocol/transport";
import { socketOf, type DemoCustomer, type Page, type Rating, type ServerEvent, type Session } from "../protocol/types";
import { openTurn, turnOf } from "./conversation";
import { recall, remember } from "./memory";
import { recoveryOf } from "./recovery";
import { Store } from "./store";
import { hasGap, isOpen, messageOf, type Turn } from "./turn";

export class Chat {
  readonly #api: Api;
  readonly #connection: Connection;
  readonly #store = new Store();
  readonly subscribe = this.#store.subscribe;
  readonly snapshot = this.#store.snapshot;

  constructor(fetcher?: typeof fetch, webSocket?: typeof WebSocket) {
    this.#api = new Api((session) => {
      this.#began(session);
    }, fetcher);
    const listener = {
      event: (event: ServerEvent) => {
        this.#event(event);
      },
      status: (link: LinkStatus) => {
        this.#store.set({ link });
      },
      restarted: (id: string) => {
        this.#store.dispatch({ type: "restarted", id });
      },
      progress: (id: string) => this.#turn(id)?.seq ?? 0,
      settled: (id: string) => {
        const turn = this.#turn(id);
        return turn === undefined || !isOpen(turn);
      },
    };
    this.#connection = new Connection(this.#api, listener, webSocket);
  }

  /** Starts the session and loads what was said before. */
  async start(): Promise<void> {
    this.#store.set({ trouble: null });
    if (!(await this.#ready())) return;
    await Promise.all([this.loadEarlier(), this.#loadCustomers()]);
  }

  async loadEarlier(): Promise<void> {
    const { earlier } = this.snapshot().conversation;
    this.#store.set({ history: "loading" });
    try {
      const page = await this.#api.history(earlier ?? undefined);
      this.#store.dispatch({ type: "history", page });
      this.#store.set({ history: "ready" });
    } catch {
      this.#store.set({ history: "failed" });
    }
  }

  /** Asks; `not` names the edge answer that did not help. */
  async ask(text: string, { page, not }: { page?: Page; not?: string } = {}): Promise<void> {
    const id = crypto.randomUUID();
    const message = { id, text, ...(page === undefined ? {} : { page }), ...(not === undefined ? {} : { not }) };
    if (not !== undefined) this.#store.dispatch({ type: "declined", id: not });
    this.#store.dispatch({ type: "asked", message });
    await this.#send(id);
  }

  /** "Not what I asked": the same question, past the edge's answer. */
  async askFurther(id: string): Promise<void> {
    const turn = this.#turn(id);
    if (turn === undefined) return;
    await this.ask(turn.question, { not: id, ...(turn.page === undefined ? {} : { page: turn.page }) });
  }

  async retry(id: string): Promise<void> {
    const turn = this.#turn(id);
    if (turn === undefined || isOpen(turn)) return;
    const renew = turn.phase === "stopped" || recoveryOf(turn.failure?.code ?? "") === "new";
    const next = renew ? crypto.randomUUID() : id;
    this.#store.dispatch(renew ? { type: "renamed", id, to: next } : { type: "restarted", id });
    await this.#send(next);
  }

  stop(): void {
    const turn = openTurn(this.snapshot().conversation);
    if (turn === undefined) return;
    this.#store.dispatch({ type: "stopped", id: turn.id });
    this.#connection.stop(turn.id);
  }

  /** Takes a turn off the page, to be written differently. */
  remove(id: string): void {
    this.#store.dispatch({ type: "removed", id });
  }

  /** Rates an answer. The thumb shows at once, and goes back if the server did not take it. */
  async rate(id: string, rating: Rating): Promise<boolean> {
    const before = this.#turn(id)?.rating ?? null;
    this.#store.dispatch({ type: "rated", id, rating });
    try {
      await this.#api.feedback(id, rating);
      return true;
    } catch {
      this.#store.dispatch({ type: "rated", id, rating: before });
      return false;
    }
  }

  async askForPerson(): Promise<void> {
    this.#store.set({ handoff: "asking" });
    try {
      const reply = await this.#api.handoff();
      this.#store.set({ handoff: "waiting" });
      this.#store.note({ what: "handoff", reply });
    } catch (error) {
      const { code, detail } = problemFrom(error);
      this.#store.set({ handoff: "idle" });
      this.#store.note({ what: "handoff_failed", code, message: detail });
    }
  }

  async signIn(customer: DemoCustomer): Promise<void> {
    try {
      await this.#api.upgrade(customer.token);
      remember("customer", customer.id);
      this.#store.set({ customer });
      this.#store.note({ what: "signed_in", name: customer.name });
    } catch (error) {
      const { code, detail } = problemFrom(error);
      this.#store.note({ what: "error", code, message: detail });
    }
  }

  /** Leaves the session. What was said belongs to it, so the page forgets it too. */
  async signOut(): Promise<void> {
    this.stop();
    try {
      await this.#api.startFresh();
      this.#store.dispatch({ type: "cleared" });
    } catch (error) {
      const { code, detail } = problemFrom(error);
      this.#store.note({ what: "error", code, message: detail });
    }
  }

  /** The network or the page came back. */
  wake(): void {
    const { session, trouble } = this.snapshot();
    if (session !== null) this.#connection.wake();
    else if (trouble !== null) void this.start();
  }

  close(): void {
    this.#connection.close();
  }

  async #send(id: string): Promise<void> {
    const ready = await this.#ready();
    const turn = this.#turn(id);
    if (turn === undefined || !isOpen(turn)) return; // stopped while the session was being started
    if (ready) this.#connection.message(messageOf(turn));
    else this.#event(errorEvent(id, this.snapshot().trouble?.problem ?? problemFrom(null)));
  }

  /** Whether there is a session, after starting one if there was none. */
  async #ready(): Promise<boolean> {
    if (this.snapshot().session !== null) return true;
    try {
      await this.#api.start();
      return true;
    } catch (error) {
      const problem = problemFrom(error);
      const retryAt = problem.retry_after === undefined ? null : Date.now() + problem.retry_after * 1000;
      this.#store.set({ trouble: { problem, retryAt } });
      return false;
    }
  }

  /** The demo's customers, and which of them a reloaded page is still signed in as. */
  async #loadCustomers(): Promise<void> {
    const customers = await this.#api.demoCustomers().catch(() => []);
    const known = customers.find((one) => one.id === recall("customer"));
    const customer = this.snapshot().session?.tier === "guest" ? null : (known ?? null);
    this.#store.set({ customers, customer });
  }

  #began(session: Session): void {
    const before = this.snapshot().session?.tier ?? "guest";
    this.#store.set({ session, trouble: null });
    this.#connection.connect(socketOf(session));
    if (session.tier !== "guest") return;
    remember("customer", null);
    this.#store.set({ customer: null, handoff: "idle" });
    // A customer whose session ran out goes on as a guest, and should know it.
    if (before !== "guest") this.#store.note({ what: "session_ended" });
  }

  #event(event: ServerEvent): void {
    const had = event.id === undefined ? undefined : this.#turn(event.id);
    this.#store.dispatch({ type: "event", event, now: Date.now() });
    const has = had === undefined ? undefined : this.#turn(had.id);
    // One resume for a gap; if it brings nothing, the connection notices the silence.
    if (had !== undefined && has !== undefined && !hasGap(had) && hasGap(has)) {
      this.#connection.resume(has.id);
    }
  }

  #turn(id: string): Turn | undefined {
    return turnOf(this.snapshot().conversation, id);
  }
}
