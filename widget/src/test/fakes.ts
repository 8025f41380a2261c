// A WebSocket and a server that tests drive by hand.

import type { ClientMessage, Product, ServerEvent, Session } from "../protocol/types";

/** The sockets opened since `reset`, oldest first. Assign the class where a WebSocket is wanted. */
export class FakeWebSocket extends EventTarget {
  static opened: FakeWebSocket[] = [];
  static get last(): FakeWebSocket {
    const socket = FakeWebSocket.opened.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }

  readonly url: string;
  readonly sent: ClientMessage[] = [];
  readyState = 0;

  constructor(url: string) {
    super();
    this.url = url;
    FakeWebSocket.opened.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientMessage);
  }

  close(): void {
    this.readyState = 3;
  }

  /** The server accepts. */
  accept(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  receive(...events: ServerEvent[]): void {
    for (const event of events) this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(event) }));
  }

  /** The connection ends, before or after it opened. */
  end(code = 1006): void {
    this.readyState = 3;
    this.dispatchEvent(new CloseEvent("close", { code }));
  }

  static reset(): typeof WebSocket {
    FakeWebSocket.opened = [];
    return FakeWebSocket as unknown as typeof WebSocket;
  }
}

export const SESSION: Session = {
  session_id: "s1",
  tier: "guest",
  expires_at: 2_000_000_000,
  features: ["handoff", "sse", "websocket"],
  ws_url: "/v1/chat/ws",
};

/** A session on a host that ends no WebSockets. */
export const SESSION_BY_POST: Session = {
  session_id: "s1",
  tier: "guest",
  expires_at: 2_000_000_000,
  features: ["handoff", "sse"],
};

export interface Request {
  readonly path: string;
  readonly body: unknown;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal | null;
}

type Route = (request: Request) => Response | Promise<Response>;

/** A `fetch` with a route for each path; requests are kept. Init and history answer by themselves. */
export class FakeServer {
  readonly requests: Request[] = [];
  readonly #routes = new Map<string, Route>([
    ["/v1/chat/init", () => Response.json(SESSION, { status: 201 })],
    ["/v1/chat/history", () => Response.json({ turns: [] })],
  ]);

  on(path: string, route: Route): this {
    this.#routes.set(path, route);
    return this;
  }

  to(path: string): Request[] {
    return this.requests.filter((request) => request.path.startsWith(path));
  }

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const path = String(input);
    const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
    const headers = (init?.headers ?? {}) as Record<string, string>;
    const request = { path, body, headers, signal: init?.signal ?? null };
    this.requests.push(request);
    const route = this.#routes.get(path.split("?")[0] ?? "");
    return route === undefined ? problem(404, "not_found") : route(request);
  };
}

export function problem(status: number, code: string, retryAfter?: number): Response {
  const fields = { type: `/problems/${code}`, title: code, status, code, detail: code };
  return Response.json({ ...fields, ...(retryAfter === undefined ? {} : { retry_after: retryAfter }) }, { status });
}

/** Events as the body of an SSE answer. */
export function sse(...events: ServerEvent[]): Response {
  return new Response(blocks(events), { headers: { "content-type": "text/event-stream" } });
}

/** The same, of an answer that goes on: its body has no end. */
export function endlessSse(...events: ServerEvent[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(blocks(events)));
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function blocks(events: readonly ServerEvent[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}

/** A whole answer to this message. */
export function answer(id: string, text = "An answer."): ServerEvent[] {
  return [
    { type: "start", id, source: "model" },
    { type: "delta", id, seq: 1, text },
    { type: "done", id, source: "model", citations: [], usage: { input_tokens: 1, output_tokens: 1 } },
  ];
}

export function product(id: string): Product {
  return {
    id,
    title: id,
    authors: ["Naoki Urasawa"],
    genres: ["mystery"],
    volumes: 18,
    price: { amount: 1399, currency: "USD" },
    stock: "in_stock",
    url: `/series/${id}`,
  };
}
