import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { Chat } from "../state/chat";
import type { Turn } from "../state/turn";
import { FakeServer, FakeWebSocket, answer, product } from "../test/fakes";
import { App } from "./App";

describe("the page", () => {
  const open = async (server = new FakeServer()) => {
    const chat = new Chat(server.fetch, FakeWebSocket.reset());
    render(<App chat={chat} />);
    await act(() => chat.start());
    act(() => { FakeWebSocket.last.accept(); });
    const id = () => (chat.snapshot().conversation.entries.at(-1) as Turn).id;
    return { chat, id };
  };
  const receive = (...events: Parameters<FakeWebSocket["receive"]>) => {
    act(() => { FakeWebSocket.last.receive(...events); });
  };

  it("asks a suggested question, and shows the answer with cards, price, stock and source", async () => {
    const { id } = await open();
    await userEvent.click(screen.getByRole("button", { name: /dark mystery like Monster/ }));
    const [start, delta, done] = answer(id(), "Try **Pluto**.") as [never, never, never];
    receive(start, delta, { type: "cards", id: id(), products: [product("Pluto")] }, done);
    expect(screen.getByRole("link", { name: /^Pluto/ }).getAttribute("href")).toBe("/series/Pluto");
    expect(screen.getByText("$13.99")).toBeDefined();
    expect(screen.getByText("In stock")).toBeDefined();
    expect(screen.getByText("Written by AI")).toBeDefined();
  });

  it("announces whole sentences, not tokens, and nothing twice", async () => {
    const { id } = await open();
    const field = screen.getByRole("textbox");
    await userEvent.type(field, "Hi{Enter}");
    const log = screen.getByRole("log");
    const delta = (seq: number, text: string) => ({ type: "delta" as const, id: id(), seq, text });
    receive({ type: "start", id: id(), source: "model" }, delta(1, "One **sen"));
    expect(log.textContent).toBe("");
    receive(delta(2, "tence**. And"));
    expect(log.textContent).toBe("One sentence.");
    receive(delta(3, " the rest"), { type: "done", id: id(), source: "model", citations: [] });
    expect([...log.children].map((line) => line.textContent)).toEqual(["One sentence.", "And the rest"]);
  });

  it("says what happened in words, and puts a refused message back to be written anew", async () => {
    const { id } = await open();
    const field = screen.getByRole("textbox") as HTMLTextAreaElement;
    await userEvent.type(field, "strange{Enter}");
    receive({ type: "error", id: id(), code: "blocked", message: "rule 942100" });
    await userEvent.click(screen.getByRole("button", { name: "Edit message" }));
    expect(field.value).toBe("strange");
    expect(document.activeElement).toBe(field);
    expect(screen.queryByText(/security rule/, { selector: ".failure p" })).toBeNull();
  });

  it("speaks Japanese, says so in `lang`, and remembers it", async () => {
    await open();
    await userEvent.click(screen.getByRole("button", { name: /Switch to Japanese/ }));
    expect(document.documentElement.lang).toBe("ja");
    expect(screen.getByRole("textbox", { name: "メッセージ" })).toBeDefined();
    expect(localStorage.getItem("mangaassist.language")).toBe("ja");
    expect(screen.getByText("ワンピースは何巻まで出ていますか").getAttribute("lang")).toBe("ja");
  });

  it("offers no sign-in where there is no demo", async () => {
    await open();
    expect(screen.queryByRole("button", { name: "Sign in" })).toBeNull();
  });

  it("offers the demo's customers, closes the list on Escape, and gives the focus back", async () => {
    const server = new FakeServer().on("/demo/customers.json", () => Response.json([{ id: "C1", name: "Aiko Tanaka", token: "t" }]));
    await open(server);
    const button = screen.getByRole("button", { name: "Sign in" });
    await userEvent.click(button);
    expect(screen.getByRole("button", { name: "Aiko Tanaka" })).toBeDefined();
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("button", { name: "Aiko Tanaka" })).toBeNull();
    expect(document.activeElement).toBe(button);
  });

  it("says when it is offline, and keeps what is written", async () => {
    await open();
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    act(() => { dispatchEvent(new Event("offline")); });
    expect(screen.getByText(/You are offline/)).toBeDefined();
    const field = screen.getByRole("textbox") as HTMLTextAreaElement;
    await userEvent.type(field, "later{Enter}");
    expect(field.value).toBe("later");
    expect(FakeWebSocket.last.sent).toEqual([]);
  });
});
