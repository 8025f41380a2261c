// Where the shopper writes. Enter sends and Shift+Enter starts a line; while an input method composes, Enter belongs to it.

import type { KeyboardEvent, RefObject } from "react";
import { useI18n } from "../i18n";
import { languageOf } from "../language";
import { TEXT_CHARS_MAX } from "../protocol/types";
import { Icon } from "./Icon";

/** Characters left from which the counter shows. */
const COUNTER_FROM = 400;

interface Props {
  readonly input: RefObject<HTMLTextAreaElement | null>;
  readonly draft: string;
  readonly onDraft: (draft: string) => void;
  /** Whether an answer is being written: the button then stops it. */
  readonly busy: boolean;
  readonly online: boolean;
  readonly onSend: (text: string) => void;
  readonly onStop: () => void;
}

export function Composer({ input, draft, onDraft, busy, online, onSend, onStop }: Props) {
  const { t, language } = useI18n();
  // The protocol counts Unicode scalar values, as the iterator of a string does.
  const left = TEXT_CHARS_MAX - [...draft.trim()].length;
  const ready = draft.trim() !== "" && left >= 0 && online && !busy;
  const send = () => {
    if (!ready) return;
    onSend(draft.trim());
    onDraft("");
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    send();
  };
  return (
    <form className="composer" onSubmit={(event) => { event.preventDefault(); send(); }}>
      {/* The twin has the same text in the same grid cell, so the field grows with it without a script setting heights. */}
      <div className="composer-field">
        <div className="composer-twin" aria-hidden="true">{draft}{" "}</div>
        <textarea
          ref={input}
          name="message"
          rows={1}
          value={draft}
          lang={draft === "" ? language : languageOf(draft)}
          placeholder={t.placeholder}
          aria-label={t.message}
          aria-describedby="composer-hint"
          aria-invalid={left < 0}
          enterKeyHint="send"
          autoComplete="off"
          onChange={(event) => { onDraft(event.target.value); }}
          onKeyDown={onKeyDown}
        />
      </div>
      <span id="composer-hint" className="visually-hidden">{t.sendHint}</span>
      {busy ? (
        <button type="button" className="send" aria-label={t.stop} title={t.stop} onClick={() => { onStop(); input.current?.focus(); }}>
          <Icon name="stop" />
        </button>
      ) : (
        <button type="submit" className="send" aria-label={t.send} title={t.send} aria-disabled={!ready}>
          <Icon name="send" />
        </button>
      )}
      {left <= COUNTER_FROM && (
        <p className={left < 0 ? "counter counter-over" : "counter"} role={left < 0 ? "alert" : undefined}>
          {left < 0 ? t.charactersOver(-left) : t.charactersLeft(left)}
        </p>
      )}
    </form>
  );
}

/** Safari ends a composition before the keydown of the Enter that ended it, and marks that key with code 229. */
function isComposing(event: KeyboardEvent): boolean {
  return event.nativeEvent.isComposing || event.keyCode === 229;
}
