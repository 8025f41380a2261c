// The conversation, in a box that scrolls by itself.

import { useI18n } from "../i18n";
import type { Chat } from "../state/chat";
import type { Entry } from "../state/conversation";
import type { Snapshot } from "../state/store";
import { Icon } from "./Icon";
import { NoteView } from "./NoteView";
import { TurnView } from "./TurnView";
import { useFollow } from "./useFollow";
import { Welcome } from "./Welcome";

interface Props {
  readonly chat: Chat;
  readonly state: Snapshot;
  readonly online: boolean;
  readonly onAsk: (text: string) => void;
  readonly onEdit: (text: string) => void;
  readonly onDone: () => void;
}

export function Transcript({ chat, state, online, onAsk, onEdit, onDone }: Props) {
  const { t } = useI18n();
  const { entries, earlier } = state.conversation;
  const { box, content, onScroll, below, toEnd } = useFollow(keyOf(entries.at(-1)));
  const fresh = entries.length === 0 && (state.history !== "loading" || state.trouble !== null);
  return (
    <div className="transcript-frame">
      {/* Focusable, since a keyboard can scroll only what it can focus. */}
      <div className="transcript" ref={box} onScroll={onScroll} role="region" aria-label={t.conversation} tabIndex={0}>
        <div ref={content}>
          <Earlier state={state} more={earlier !== null} onLoad={() => void chat.loadEarlier()} />
          {fresh && <Welcome onAsk={onAsk} />}
          <ol className="entries">
            {entries.map((entry) => (
              <li key={keyOf(entry)} data-entry="">
                {entry.kind === "note" ? (
                  <NoteView note={entry} />
                ) : (
                  <TurnView turn={entry} chat={chat} online={online} onEdit={onEdit} onDone={onDone} />
                )}
              </li>
            ))}
          </ol>
        </div>
      </div>
      {below && (
        <button type="button" className="to-end" aria-label={t.newest} title={t.newest} onClick={toEnd}>
          <Icon name="arrowDown" />
        </button>
      )}
    </div>
  );
}

function Earlier({ state, more, onLoad }: { state: Snapshot; more: boolean; onLoad: () => void }) {
  const { t } = useI18n();
  if (state.history === "loading") return state.session === null ? null : <p className="earlier">{t.earlierLoading}</p>;
  if (state.history === "failed") {
    return (
      <p className="earlier">
        {t.earlierFailed}{" "}
        <button type="button" className="button" onClick={onLoad}>{t.retry}</button>
      </p>
    );
  }
  if (!more) return null;
  return (
    <p className="earlier">
      <button type="button" className="button" onClick={onLoad}>{t.earlier}</button>
    </p>
  );
}

function keyOf(entry: Entry | undefined): string {
  if (entry === undefined) return "";
  return entry.kind === "note" ? entry.key : entry.id;
}
