import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { firstLanguage, I18nContext, stringsOf, type Language } from "../i18n";
import type { Page } from "../protocol/types";
import type { Chat } from "../state/chat";
import { openTurn } from "../state/conversation";
import { remember } from "../state/memory";
import { Assistant } from "./Assistant";
import { Backdrop } from "./Backdrop";

/** The page: the shop behind, the assistant before it. */
export function App({ chat }: { chat: Chat }) {
  const state = useSyncExternalStore(chat.subscribe, chat.snapshot);
  const [language, setLanguage] = useState<Language>(firstLanguage);
  const i18n = useMemo(() => ({ language, t: stringsOf(language) }), [language]);

  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);

  useEffect(() => {
    const wake = () => {
      if (navigator.onLine && document.visibilityState === "visible") chat.wake();
    };
    addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
    return () => {
      removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wake);
    };
  }, [chat]);

  const choose = useCallback((next: Language) => {
    remember("language", next);
    setLanguage(next);
  }, []);
  const ask = useCallback(
    (text: string, page: Page) => {
      void chat.ask(text, { page });
    },
    [chat],
  );

  return (
    <I18nContext value={i18n}>
      <Backdrop busy={openTurn(state.conversation) !== undefined} onAsk={ask} />
      <Assistant chat={chat} state={state} onLanguage={choose} />
    </I18nContext>
  );
}
