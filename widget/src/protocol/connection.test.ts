// The connection, driven through the chat that owns it, against a fake WebSocket and a fake server.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Chat } from "../state/chat";
import type { Turn } from "../state/turn";
import { FakeServer, FakeWebSocket, SESSION, SESSION_BY_POST, answer, endlessSse, problem, sse } from "../test/fakes";
import { FAILURES_MAX } from "./link";
import { DELAY_MS_MAX } from "./backoff";
import { SILENCE_MS_MAX } from "./inflight";
import { OPEN_MS_MAX } from "./socket";
import type { Message } from "./types";

const MESSAGES = "/v1/chat/messages";
let server: FakeServer;
let chat: Chat;

beforeEach(async () => {
  vi.useFakeTimers();
  server = new FakeServer().on(MESSAGES, ({ body }) => sse(...answer((body as Message).id)));
  chat = new Chat(server.fetch, FakeWebSocket.reset());
  await chat.start();
});

afterEach(() => {
  chat.close();
  vi.useRealTimers();
});

/** Lets promises and due timers run. */
const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

async function ask(text = "Hello?"): Promise<string> {
  await chat.ask(text);
  return turn().id;
}

function turn(): Turn {
  const found = chat.snapshot().conversation.entries.findLast((entry): entry is Turn => entry.kind === "turn");
  if (found === undefined) throw new Error("nothing was asked");
  return found;
}

describe("over the socket", () => {
  it("opens the address that the session names, and sends a turn there", async () => {
    FakeWebSocket.last.accept();
    const id = await ask();
    expect(FakeWebSocket.last.url).toBe(`ws://${location.host}/v1/chat/ws`);
    expect(FakeWebSocket.last.sent).toEqual([{ type: "message", id, text: "Hello?" }]);
    FakeWebSocket.last.receive(...answer(id, "Hi."));
    expect(turn()).toMatchObject({ phase: "done", text: "Hi." });
    expect(server.to(MESSAGES)).toEqual([]);
  });

  it("holds a turn that is asked before the socket is open", async () => {
    const id = await ask();
    expect(FakeWebSocket.last.sent).toEqual([]);
    FakeWebSocket.last.accept();
    expect(FakeWebSocket.last.sent).toEqual([{ type: "message", id, text: "Hello?" }]);
  });

  it("asks again for what came after a gap, once", async () => {
    FakeWebSocket.last.accept();
    const id = await ask();
    const [start, first, done] = answer(id, "a") as [never, never, never];
    const delta = (seq: number, text: string) => ({ type: "delta" as const, id, seq, text });
    FakeWebSocket.last.receive(start, first, delta(3, "c"), delta(4, "d"), done);
    expect(FakeWebSocket.last.sent.slice(1)).toEqual([{ type: "resume", id, after: 1 }]);
    FakeWebSocket.last.receive(delta(2, "b"), delta(3, "c"), delta(4, "d"), done);
    expect(turn()).toMatchObject({ phase: "done", text: "abcd" });
  });

  it("resumes the answer in flight when the socket comes back", async () => {
    FakeWebSocket.last.accept();
    const id = await ask();
    FakeWebSocket.last.receive(...answer(id, "half ").slice(0, 2));
    FakeWebSocket.last.end();
    expect(chat.snapshot().link).toBe("reconnecting");
    await settle(2000);
    FakeWebSocket.last.accept();
    expect(FakeWebSocket.last.sent).toEqual([{ type: "resume", id, after: 1 }]);
    FakeWebSocket.last.receive({ type: "delta", id, seq: 2, text: "whole" }, ...answer(id).slice(2));
    expect(turn()).toMatchObject({ phase: "done", text: "half whole" });
  });

  it("sends a turn again that the server does not know any more, once", async () => {
    FakeWebSocket.last.accept();
    const id = await ask();
    const unknown = { type: "error" as const, id, code: "unknown_message", message: "send it again" };
    FakeWebSocket.last.receive(...answer(id, "old").slice(0, 2), unknown);
    expect(FakeWebSocket.last.sent).toEqual([
      { type: "message", id, text: "Hello?" },
      { type: "message", id, text: "Hello?" },
    ]);
    FakeWebSocket.last.receive(...answer(id, "new").slice(0, 2), unknown);
    expect(turn()).toMatchObject({ phase: "failed", text: "new", failure: { code: "unknown_message" } });
  });

  it("asks again after a silence, then takes the socket for dead, then gives up", async () => {
    FakeWebSocket.last.accept();
    const id = await ask();
    await settle(SILENCE_MS_MAX);
    expect(FakeWebSocket.last.sent.at(-1)).toEqual({ type: "resume", id, after: 0 });
    await settle(SILENCE_MS_MAX);
    await settle(2000);
    expect(FakeWebSocket.opened).toHaveLength(2);
    FakeWebSocket.last.accept();
    await settle(SILENCE_MS_MAX);
    expect(turn()).toMatchObject({ phase: "failed", failure: { code: "origin_timeout" } });
  });

  it("takes an error without an id for the turn in flight", async () => {
    FakeWebSocket.last.accept();
    await ask();
    FakeWebSocket.last.receive({ type: "error", code: "rate_limited", message: "slow", retry_after: 3 });
    expect(turn()).toMatchObject({ phase: "failed", failure: { code: "rate_limited" } });
  });

  it("stops at once, and tells the server", async () => {
    FakeWebSocket.last.accept();
    const id = await ask();
    FakeWebSocket.last.receive(...answer(id, "half").slice(0, 2));
    chat.stop();
    FakeWebSocket.last.receive({ type: "error", id, code: "stopped", message: "" });
    expect(FakeWebSocket.last.sent.at(-1)).toEqual({ type: "stop", id });
    expect(turn()).toMatchObject({ phase: "stopped", text: "half", failure: null });
  });

  it("starts a new session when this one has expired, and goes on with the turn", async () => {
    FakeWebSocket.last.accept();
    const id = await ask();
    FakeWebSocket.last.receive({ type: "error", id, code: "unauthorized", message: "" });
    await settle();
    expect(server.to("/v1/chat/init")).toHaveLength(2);
    FakeWebSocket.last.accept();
    expect(FakeWebSocket.last.sent).toEqual([{ type: "resume", id, after: 0 }]);
    FakeWebSocket.last.receive({ type: "error", id, code: "unknown_message", message: "" }, ...answer(id));
    expect(turn().phase).toBe("done");
  });

  it("starts a new session once, not for ever", async () => {
    FakeWebSocket.last.accept();
    const id = await ask();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      FakeWebSocket.last.receive({ type: "error", id, code: "unauthorized", message: "" });
      await settle();
      if (attempt === 0) FakeWebSocket.last.accept();
    }
    expect(server.to("/v1/chat/init")).toHaveLength(2);
    expect(turn()).toMatchObject({ phase: "failed", failure: { code: "unauthorized" } });
  });
});

describe("without a socket", () => {
  it("posts the turn when the socket closes before it opens", async () => {
    const id = await ask();
    FakeWebSocket.last.end();
    await settle();
    expect(server.to(MESSAGES)).toMatchObject([{ body: { id, text: "Hello?" }, headers: { accept: "text/event-stream" } }]);
    expect(turn()).toMatchObject({ phase: "done", text: "An answer." });
    expect(chat.snapshot().link).toBe("post");
  });

  it("posts the turn when the socket neither opens nor closes", async () => {
    await ask();
    await settle(OPEN_MS_MAX);
    expect(turn().phase).toBe("done");
  });

  it("posts the turn again that a lost socket carried, and shows its answer once", async () => {
    FakeWebSocket.last.accept();
    const id = await ask();
    FakeWebSocket.last.receive(...answer(id, "An ").slice(0, 2));
    FakeWebSocket.last.end();
    await settle(2000);
    FakeWebSocket.last.end();
    await settle();
    expect(turn()).toMatchObject({ phase: "done", text: "An answer." });
  });

  it("goes back to the socket when one opens", async () => {
    FakeWebSocket.last.end();
    await settle(2000);
    FakeWebSocket.last.accept();
    await ask();
    expect(FakeWebSocket.last.sent).toHaveLength(1);
    expect(server.to(MESSAGES)).toEqual([]);
  });

  it("gives up on sockets after a few failures, until something changes", async () => {
    for (let failure = 0; failure <= FAILURES_MAX; failure += 1) {
      FakeWebSocket.last.end();
      await settle(DELAY_MS_MAX);
    }
    const tried = FakeWebSocket.opened.length;
    await settle(10 * DELAY_MS_MAX);
    expect(FakeWebSocket.opened).toHaveLength(tried);
    chat.wake();
    expect(FakeWebSocket.opened).toHaveLength(tried + 1);
  });

  it("posts again when a stream breaks off, with the same id", async () => {
    let posts = 0;
    server.on(MESSAGES, ({ body }) => {
      posts += 1;
      const events = answer((body as Message).id);
      return sse(...(posts === 1 ? events.slice(0, 2) : events));
    });
    FakeWebSocket.last.end();
    const id = await ask();
    await settle(3000);
    expect(server.to(MESSAGES).map(({ body }) => (body as Message).id)).toEqual([id, id]);
    expect(turn()).toMatchObject({ phase: "done", text: "An answer." });
  });

  it("fails with what happened when the network stays away", async () => {
    server.on(MESSAGES, () => Promise.reject(new TypeError("Failed to fetch")));
    FakeWebSocket.last.end();
    await ask();
    await settle(10_000);
    expect(server.to(MESSAGES)).toHaveLength(3);
    expect(turn()).toMatchObject({ phase: "failed", failure: { code: "network" } });
  });

  it("fails with the problem that the server answers, without trying again", async () => {
    server.on(MESSAGES, () => problem(429, "rate_limited", 7));
    FakeWebSocket.last.end();
    await ask();
    await settle(10_000);
    expect(server.to(MESSAGES)).toHaveLength(1);
    expect(turn().failure?.code).toBe("rate_limited");
    expect(turn().failure?.retryAt).not.toBeNull();
  });

  it("starts a new session on 401, once, and posts again", async () => {
    let posts = 0;
    server.on(MESSAGES, ({ body }) => {
      posts += 1;
      return posts === 1 ? problem(401, "session_required") : sse(...answer((body as Message).id));
    });
    FakeWebSocket.last.end();
    await ask();
    await settle();
    expect(server.to("/v1/chat/init")).toHaveLength(2);
    expect(turn().phase).toBe("done");
  });
});

describe("on a host that ends no WebSockets", () => {
  beforeEach(async () => {
    chat.close();
    server.on("/v1/chat/init", () => Response.json(SESSION_BY_POST, { status: 201 }));
    chat = new Chat(server.fetch, FakeWebSocket.reset());
    await chat.start();
  });

  it("posts at once and never tries a socket", async () => {
    const id = await ask();
    await settle();
    expect(server.to(MESSAGES)).toMatchObject([{ body: { id, text: "Hello?" }, headers: { accept: "text/event-stream" } }]);
    expect(turn()).toMatchObject({ phase: "done", text: "An answer." });
    chat.wake();
    await settle(10 * DELAY_MS_MAX);
    expect(FakeWebSocket.opened).toEqual([]);
    expect(chat.snapshot().link).toBe("post");
  });

  it("tries no socket either where only the address is told", async () => {
    server.on("/v1/chat/init", () => Response.json({ ...SESSION_BY_POST, ws_url: "/v1/chat/ws" }, { status: 201 }));
    chat.close();
    chat = new Chat(server.fetch, FakeWebSocket.reset());
    await chat.start();
    expect(FakeWebSocket.opened).toEqual([]);
  });

  it("ends the request of an answer that the shopper stops", async () => {
    server.on(MESSAGES, ({ body }) => endlessSse(...answer((body as Message).id, "half").slice(0, 2)));
    await ask();
    await settle();
    expect(turn()).toMatchObject({ phase: "streaming", text: "half" });
    expect(server.to(MESSAGES)[0]?.signal?.aborted).toBe(false);
    chat.stop();
    await settle(10_000);
    expect(server.to(MESSAGES)).toHaveLength(1);
    expect(server.to(MESSAGES)[0]?.signal?.aborted).toBe(true);
    expect(turn()).toMatchObject({ phase: "stopped", text: "half", failure: null });
  });

  it("posts the same id again when a stream drops, and takes nothing off the page meanwhile", async () => {
    let posts = 0;
    server.on(MESSAGES, ({ body }) => {
      posts += 1;
      const { id } = body as Message;
      const [start, first, done] = answer(id, "One, ") as [never, never, never];
      const second = { type: "delta" as const, id, seq: 2, text: "two." };
      return posts === 1 ? sse(start, first) : sse(start, first, second, done);
    });
    const shown: string[] = [];
    const stop = chat.subscribe(() => {
      const { text } = turn();
      if (shown.at(-1) !== text) shown.push(text);
    });
    const id = await ask();
    await settle(3000);
    stop();
    expect(server.to(MESSAGES).map(({ body }) => (body as Message).id)).toEqual([id, id]);
    expect(shown).toEqual(["", "One, ", "One, two."]);
    expect(turn()).toMatchObject({ phase: "done", text: "One, two." });
  });

  it("asks again under the same id after a silence, and lets go of the silent stream", async () => {
    server.on(MESSAGES, ({ body }) => endlessSse(...answer((body as Message).id).slice(0, 1)));
    const id = await ask();
    await settle();
    await settle(SILENCE_MS_MAX);
    expect(server.to(MESSAGES).map(({ body }) => (body as Message).id)).toEqual([id, id]);
    expect(server.to(MESSAGES)[0]?.signal?.aborted).toBe(true);
  });

  it("rates answers and asks for a person all the same", async () => {
    server.on("/v1/chat/feedback", () => new Response(null, { status: 204 }));
    server.on("/v1/chat/handoff", () => Response.json({ handoff_id: "h", position: 0, message: "Soon." }, { status: 202 }));
    const id = await ask();
    await settle();
    expect(await chat.rate(id, "up")).toBe(true);
    await chat.askForPerson();
    expect(chat.snapshot().handoff).toBe("waiting");
  });
});

describe("a session", () => {
  it("that cannot start fails the turn that needed it, and starts when the turn is tried again", async () => {
    server.on("/v1/chat/init", () => problem(503, "unavailable", 5));
    chat = new Chat(server.fetch, FakeWebSocket.reset());
    const id = await ask();
    expect(turn()).toMatchObject({ phase: "failed", failure: { code: "unavailable" } });
    server.on("/v1/chat/init", () => Response.json(SESSION));
    await chat.retry(id);
    FakeWebSocket.last.accept();
    expect(FakeWebSocket.last.sent).toEqual([{ type: "message", id, text: "Hello?" }]);
  });
});
