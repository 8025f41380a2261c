import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ServerEvent } from "../protocol/types";
import { FakeServer, FakeWebSocket, SESSION, answer, problem } from "../test/fakes";
import { Chat } from "./chat";
import type { Note } from "./conversation";
import type { Turn } from "./turn";

const CUSTOMER = { id: "C0001", name: "Aiko Tanaka", token: "t1" };
let server: FakeServer;
let chat: Chat;

beforeEach(async () => {
  server = new FakeServer();
  chat = new Chat(server.fetch, FakeWebSocket.reset());
  await chat.start();
  FakeWebSocket.last.accept();
});

afterEach(() => {
  chat.close();
});

function turns(): Turn[] {
  return chat.snapshot().conversation.entries.filter((entry): entry is Turn => entry.kind === "turn");
}

function notes(): Note["about"][] {
  return chat.snapshot().conversation.entries.filter((entry): entry is Note => entry.kind === "note").map((note) => note.about);
}

async function failed(code: string): Promise<string> {
  await chat.ask("Hello?");
  const id = turns()[0]?.id ?? "";
  FakeWebSocket.last.receive({ type: "error", id, code, message: "" });
  return id;
}

describe("a retry", () => {
  it("keeps the id when whether the turn ran is unknown", async () => {
    const id = await failed("origin_timeout");
    await chat.retry(id);
    expect(FakeWebSocket.last.sent.map((message) => message.id)).toEqual([id, id]);
  });

  it("takes a new id when the old one stands for another text", async () => {
    const id = await failed("id_reused");
    await chat.retry(id);
    expect(FakeWebSocket.last.sent[1]).toMatchObject({ type: "message", text: "Hello?", id: turns()[0]?.id });
    expect(turns().map((turn) => turn.id)).not.toContain(id);
  });

  it("takes a new id for an answer that was stopped, since the old id would bring back the stopped one", async () => {
    await chat.ask("Hello?");
    const [turn] = turns();
    chat.stop();
    await chat.retry(turn?.id ?? "");
    expect(FakeWebSocket.last.sent.map((message) => message.type)).toEqual(["message", "stop", "message"]);
    expect(turns()[0]?.id).not.toBe(turn?.id);
  });
});

describe("an edge answer that did not help", () => {
  it("is asked past: the same text and page, a new id, and the old one as `not`", async () => {
    await chat.ask("Returns?", { page: { path: "/" } });
    const id = turns()[0]?.id ?? "";
    FakeWebSocket.last.receive(...answer(id).map((event) => ("source" in event ? { ...event, source: "faq-edge" } : event) as ServerEvent));
    await chat.askFurther(id);
    const [first, second] = FakeWebSocket.last.sent;
    expect(second).toMatchObject({ type: "message", text: "Returns?", page: { path: "/" }, not: first?.id });
    expect(second?.id).not.toBe(first?.id);
    expect(turns()[0]?.declined).toBe(true);
  });
});

describe("feedback", () => {
  it("shows at once and stays when the server took it", async () => {
    server.on("/v1/chat/feedback", () => new Response(null, { status: 204 }));
    const id = await failed("internal");
    const rated = chat.rate(id, "up");
    expect(turns()[0]?.rating).toBe("up");
    expect(await rated).toBe(true);
    expect(server.to("/v1/chat/feedback")[0]?.body).toEqual({ id, rating: "up" });
  });

  it("goes back when the server did not take it", async () => {
    server.on("/v1/chat/feedback", () => problem(503, "unavailable"));
    expect(await chat.rate(await failed("internal"), "down")).toBe(false);
    expect(turns()[0]?.rating).toBeNull();
  });
});

describe("a hand-off", () => {
  it("says what the server says", async () => {
    const reply = { handoff_id: "h", position: 2, message: "Soon." };
    server.on("/v1/chat/handoff", () => Response.json(reply, { status: 202 }));
    await chat.askForPerson();
    expect(chat.snapshot().handoff).toBe("waiting");
    expect(notes()).toEqual([{ what: "handoff", reply }]);
  });

  it("can be asked for again when it failed", async () => {
    await chat.askForPerson();
    expect(chat.snapshot().handoff).toBe("idle");
    expect(notes()).toMatchObject([{ what: "handoff_failed" }]);
  });
});

describe("signing in", () => {
  beforeEach(() => {
    const upgraded = { ...SESSION, session_id: "s2", tier: "customer" };
    server.on("/v1/session/upgrade", () => Response.json(upgraded));
  });

  it("shows the token, keeps the conversation, and opens a new socket", async () => {
    await failed("internal");
    await chat.signIn(CUSTOMER);
    expect(server.to("/v1/session/upgrade")[0]?.headers["authorization"]).toBe("Bearer t1");
    expect(turns()).toHaveLength(1);
    expect(FakeWebSocket.opened).toHaveLength(2);
    expect(chat.snapshot().customer).toEqual(CUSTOMER);
  });

  it("does not send a turn to the socket of the session before", async () => {
    await chat.signIn(CUSTOMER);
    await chat.ask("Where is my order?");
    expect(FakeWebSocket.opened.map((socket) => socket.sent.length)).toEqual([0, 0]);
    FakeWebSocket.last.accept();
    expect(FakeWebSocket.opened.map((socket) => socket.sent.length)).toEqual([0, 1]);
  });

  it("ends with a fresh session and an empty page", async () => {
    await chat.signIn(CUSTOMER);
    await chat.signOut();
    expect(server.requests.at(-1)?.path).toBe("/v1/chat/init?fresh=1");
    expect(chat.snapshot()).toMatchObject({ customer: null, conversation: { entries: [] } });
  });

  it("says so when the session runs out and the shopper is a guest again", async () => {
    await chat.signIn(CUSTOMER);
    FakeWebSocket.last.accept();
    FakeWebSocket.last.end(4401);
    await new Promise((resolve) => setTimeout(resolve));
    expect(chat.snapshot().customer).toBeNull();
    expect(notes().at(-1)).toEqual({ what: "session_ended" });
  });
});

describe("earlier turns", () => {
  it("are loaded page by page", async () => {
    const past = (id: string) => ({ id, at_ms: 0, text: id, answer: "A", source: "cache" });
    server.on("/v1/chat/history", ({ path }) =>
      Response.json(path.endsWith("?before=p1") ? { turns: [past("a")] } : { turns: [past("b")], next: "p1" }),
    );
    chat = new Chat(server.fetch, FakeWebSocket.reset());
    await chat.start();
    await chat.loadEarlier();
    expect(turns().map((turn) => turn.id)).toEqual(["a", "b"]);
    expect(chat.snapshot().conversation.earlier).toBeNull();
  });
});
