// What a page shows of an answer while the answer comes.

/**
 * Runs in the page before its own scripts. Hands an answer's events on to them one at a time, each when the page has drawn what it makes of
 * the one before: so a page that shows text as it comes has shown it, however fast the answer was, and one that waits for the end has not.
 * `watched.events` are the events as they came by, one for each frame of a socket or block of a stream; `watched.shown` is the text of the
 * unfinished answer after each.
 */
export function watchAnswers() {
  const watched = {
    events: [],
    shown: [],
    begin() {
      watched.events.length = 0;
      watched.shown.length = 0;
    },
  };
  window.watched = watched;

  const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const handedOn = async (type) => {
    watched.events.push(type);
    await drawn();
    watched.shown.push(document.querySelector('.turn[aria-busy="true"] .bubble')?.textContent ?? "");
  };

  const listen = WebSocket.prototype.addEventListener;
  WebSocket.prototype.addEventListener = function (name, listener, options) {
    if (name !== "message") return listen.call(this, name, listener, options);
    let before = Promise.resolve();
    listen.call(this, name, (message) => {
      before = before.then(() => {
        listener.call(this, message);
        return handedOn(JSON.parse(message.data).type);
      });
    }, options);
  };

  const blockByBlock = () => {
    const [decoder, encoder] = [new TextDecoder(), new TextEncoder()];
    let rest = "";
    return new TransformStream({
      async transform(chunk, out) {
        rest += decoder.decode(chunk, { stream: true });
        for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
          const block = rest.slice(0, end + 2);
          rest = rest.slice(end + 2);
          out.enqueue(encoder.encode(block));
          const type = /^event: (.*)$/m.exec(block)?.[1];
          if (type !== undefined) await handedOn(type);
        }
      },
    });
  };
  const request = window.fetch;
  window.fetch = async (...call) => {
    const response = await request(...call);
    if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return response;
    return new Response(response.body.pipeThrough(blockByBlock()), response);
  };
}
