// The assistant: header, conversation, composer. It fills a phone's screen and is docked beside the shop on a wide one.

import { useCallback, useRef, useState } from "react";
import { useI18n, type Language } from "../i18n";
import type { Chat } from "../state/chat";
import { openTurn } from "../state/conversation";
import type { Snapshot } from "../state/store";
import { Announcer } from "./Announcer";
import { Composer } from "./Composer";
import { Header } from "./Header";
import { Icon } from "./Icon";
import { StatusBar } from "./StatusBar";
import { Transcript } from "./Transcript";
import { useOnline } from "./useOnline";

interface Props {
  readonly chat: Chat;
  readonly state: Snapshot;
  readonly onLanguage: (language: Language) => void;
}

export function Assistant({ chat, state, onLanguage }: Props) {
  const { t } = useI18n();
  const online = useOnline();
  const input = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useState("");
  const busy = openTurn(state.conversation) !== undefined;

  const focus = useCallback(() => {
    input.current?.focus();
  }, []);
  const edit = useCallback((text: string) => {
    setDraft(text);
    input.current?.focus();
  }, []);
  const ask = (text: string) => {
    void chat.ask(text);
    input.current?.focus();
  };
  // A suggestion that cannot be sent now waits in the composer instead.
  const suggest = (text: string) => {
    if (busy || !online) edit(text);
    else ask(text);
  };

  return (
    <main className="assistant">
      <Header chat={chat} state={state} onLanguage={onLanguage} />
      <StatusBar chat={chat} state={state} online={online} />
      <Transcript chat={chat} state={state} online={online} onAsk={suggest} onEdit={edit} onDone={focus} />
      <Announcer conversation={state.conversation} />
      <footer className="footer">
        <Composer
          input={input}
          draft={draft}
          onDraft={setDraft}
          busy={busy}
          online={online}
          onSend={ask}
          onStop={() => { chat.stop(); }}
        />
        <div className="footer-row">
          <p>{t.disclaimer}</p>
          <Handoff chat={chat} state={state} online={online} />
        </div>
      </footer>
    </main>
  );
}

/** A session that names its features and has no hand-off among them is not offered one. */
function Handoff({ chat, state, online }: { chat: Chat; state: Snapshot; online: boolean }) {
  const { t } = useI18n();
  const { session, handoff } = state;
  if (session === null || (session.features.length > 0 && !session.features.includes("handoff"))) return null;
  const off = handoff !== "idle" || !online;
  const label = { idle: t.person, asking: t.personAsking, waiting: t.personWaiting }[handoff];
  return (
    <button type="button" className="handoff" aria-disabled={off} onClick={off ? undefined : () => void chat.askForPerson()}>
      <Icon name="person" />
      {label}
    </button>
  );
}
