// A shopper's first minute in a real browser: `node e2e/chat.mjs ADDRESS [SCREENSHOT]`. Run by the whole-system tests. Prints one JSON
// object of what the page showed; ends with 1 when a step cannot be done.
import { chromium } from "playwright-core";
import { watchAnswers } from "./watch.mjs";

const [address, screenshot] = process.argv.slice(2);
/** Longest time that a step may take, in milliseconds. The tests' own deadline is longer. */
const STEP_MS = 20_000;

const browser = await chromium.launch({
  // `cargo xtask test` names the browser that it has found. By hand it is Debian's.
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});
try {
  const page = await browser.newPage({ viewport: { width: 1180, height: 900 }, locale: "en-GB" });
  page.setDefaultTimeout(STEP_MS);
  const violations = [];
  const sockets = [];
  page.on("console", (message) => { if (message.type() === "error") violations.push(message.text()); });
  page.on("pageerror", (error) => violations.push(String(error)));
  page.on("websocket", (socket) => sockets.push(new URL(socket.url()).pathname));
  await page.addInitScript(watchAnswers);
  await page.goto(address);

  const ask = async (text) => {
    await page.getByRole("textbox").fill(text);
    await page.keyboard.press("Enter");
  };
  await ask("How long do I have to return a book?");
  const edge = page.locator(".source-faq-edge").first();
  await edge.waitFor();
  await page.evaluate(() => window.watched.begin());
  await ask("Recommend a dark mystery like Monster");
  await page.locator(".source-extractive, .source-tool, .source-model").first().waitFor();
  await page.locator(".card").first().waitFor();
  const { events, shown } = await page.evaluate(() => window.watched);
  const answer = await page.locator(".turn .bubble").last().textContent();
  const seen = {
    edgeBadge: await edge.innerText(),
    cards: await page.locator(".card").count(),
    citations: await page.locator(".citations li").count(),
    text: await page.getByRole("log").or(page.locator("main")).first().innerText(),
    /** The events of the second answer, in their order. */
    events,
    /** The texts that the page showed before that answer was complete, and that were a part of it. */
    partial: [...new Set(shown)].filter((text) => text !== "" && text.length < answer.length),
    sockets,
    violations,
  };
  if (screenshot !== undefined) {
    await page.locator(".card").nth(1).scrollIntoViewIfNeeded();
    await page.screenshot({ path: screenshot });
  }
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
