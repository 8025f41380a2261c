// The HTTP calls of the chat API. The session lives in an HttpOnly cookie that scripts never see; a 401 means that it is gone,
// and then the call starts a new session and is made once more.

import { citations, isObject, products } from "./decode";
import { ProblemError, needsSession, problemOf } from "./problem";
import type { DemoCustomer, HandoffReply, History, Message, Rating, Session } from "./types";

/** The chat API of one page. */
export class Api {
  readonly #fetch: typeof fetch;
  readonly #onSession: (session: Session) => void;
  #starting: Promise<Session> | null = null;

  /** `onSession` hears of every session that begins, those that a 401 forced included. */
  constructor(onSession: (session: Session) => void, fetcher: typeof fetch = (...args) => fetch(...args)) {
    this.#onSession = onSession;
    this.#fetch = fetcher;
  }

  /** Starts a session, or goes on with the cookie's. Callers at the same time share one request. */
  start(): Promise<Session> {
    this.#starting ??= this.#session("/v1/chat/init").finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  /** Leaves the session for a new guest one. */
  startFresh(): Promise<Session> {
    return this.#session("/v1/chat/init?fresh=1");
  }

  /** Signs in with a bearer token; earlier turns are kept. */
  async upgrade(token: string): Promise<Session> {
    const init: RequestInit = { method: "POST", headers: { authorization: `Bearer ${token}` } };
    return this.#began(await this.#call("/v1/session/upgrade", init));
  }

  /** A page of earlier turns. */
  async history(before?: string): Promise<History> {
    const query = before === undefined ? "" : `?before=${encodeURIComponent(before)}`;
    const page = (await (await this.#call(`/v1/chat/history${query}`, {})).json()) as History;
    const turns = page.turns.map((turn) => ({
      ...turn,
      cards: products(turn.cards),
      citations: citations(turn.citations),
    }));
    return { ...page, turns };
  }

  async feedback(id: string, rating: Rating): Promise<void> {
    await this.#call("/v1/chat/feedback", json({ id, rating }));
  }

  async handoff(): Promise<HandoffReply> {
    return (await (await this.#call("/v1/chat/handoff", json({}))).json()) as HandoffReply;
  }

  /** Posts a turn; the response's body is its stream of events. */
  messages(message: Message, signal: AbortSignal): Promise<Response> {
    const init = json(message);
    return this.#call("/v1/chat/messages", {
      ...init,
      headers: { ...init.headers, accept: "text/event-stream" },
      signal,
    });
  }

  /** The customers that the demo offers; none where there is no demo. */
  async demoCustomers(): Promise<readonly DemoCustomer[]> {
    const response = await this.#fetch("/demo/customers.json", { headers: { accept: "application/json" } });
    if (!response.ok) return [];
    const list: unknown = await response.json().catch(() => []);
    return (Array.isArray(list) ? list : []).filter(
      (one): one is DemoCustomer =>
        isObject(one) &&
        typeof one["id"] === "string" &&
        typeof one["name"] === "string" &&
        typeof one["token"] === "string",
    );
  }

  async #session(path: string): Promise<Session> {
    return this.#began(await this.#send(path, { method: "POST" }));
  }

  async #began(response: Response): Promise<Session> {
    const session = (await response.json()) as Session;
    this.#onSession(session);
    return session;
  }

  async #call(path: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#send(path, init);
    } catch (error) {
      const expired = error instanceof ProblemError && error.problem.status === 401 && needsSession(error.problem.code);
      if (!expired) throw error;
      await this.start();
      return this.#send(path, init);
    }
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const headers = { accept: "application/json", ...(init.headers as Record<string, string> | undefined) };
    const response = await this.#fetch(path, { ...init, headers, credentials: "same-origin", cache: "no-store" });
    if (!response.ok) throw new ProblemError(await problemOf(response));
    return response;
  }
}

function json(body: unknown): { method: string; headers: Record<string, string>; body: string } {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
