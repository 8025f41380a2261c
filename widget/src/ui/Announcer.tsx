// What a screen reader hears. The visible conversation is not a live region: it changes with every token. This one is, and gets
// whole sentences as they complete.

import { useEffect, useRef, useState } from "react";
import { problemText, useI18n } from "../i18n";
import { completeSentences, languageOf, type Language } from "../language";
import { plainText } from "../markdown/parse";
import type { Conversation } from "../state/conversation";
import { isOpen, type Turn } from "../state/turn";
import { noteText } from "./NoteView";

/** How many announcements are kept; older ones have been read. */
const KEPT_MAX = 20;

interface Said {
  readonly key: number;
  readonly text: string;
  readonly language: Language;
}

/** How far a turn has been announced. */
interface Progress {
  next: number;
  ended: boolean;
}

export function Announcer({ conversation }: { conversation: Conversation }) {
  const { t, language } = useI18n();
  const progress = useRef(new Map<string, Progress>());
  const count = useRef(0);
  const [said, setSaid] = useState<readonly Said[]>([]);

  useEffect(() => {
    const known = progress.current;
    const news: string[] = [];
    for (const entry of conversation.entries) {
      if (entry.kind === "note") {
        if (!known.has(entry.key)) news.push(noteText(entry, t));
        known.set(entry.key, { next: 0, ended: true });
      } else if (!entry.past) news.push(...turnNews(entry, known));
    }
    if (news.length === 0) return;
    setSaid((before) =>
      [
        ...before,
        ...news.map((text) => {
          count.current += 1;
          return { key: count.current, text, language: languageOf(text) };
        }),
      ].slice(-KEPT_MAX),
    );

    function turnNews(turn: Turn, all: Map<string, Progress>): string[] {
      const at = all.get(turn.id) ?? { next: 0, ended: false };
      all.set(turn.id, at);
      if (isOpen(turn)) {
        at.ended = false;
        // A restarted answer is not read again: its text is behind what was announced until it catches up.
        const { sentences, next } = completeSentences(turn.text, at.next);
        at.next = next;
        return sentences.map(plainText);
      }
      if (at.ended) return [];
      at.ended = true;
      const rest = plainText(turn.text.slice(at.next)).trim();
      at.next = turn.text.length;
      const ending = turn.failure === null ? [] : [problemText(turn.failure.code, turn.failure.message, t)];
      const cards = turn.cards.length === 0 ? [] : [t.cards(turn.cards.length)];
      const stopped = turn.phase === "stopped" ? [t.stopped] : [];
      return [rest, ...cards, ...stopped, ...ending].filter((text) => text !== "");
    }
  }, [conversation, t]);

  // What belongs to a conversation that is gone is not kept for readers either.
  const gone = conversation.entries.length === 0;
  return (
    <div className="visually-hidden" role="log" aria-live="polite" aria-label={t.announcements} lang={language}>
      {!gone && said.map(({ key, text, language: spoken }) => <p key={key} lang={spoken}>{text}</p>)}
    </div>
  );
}

