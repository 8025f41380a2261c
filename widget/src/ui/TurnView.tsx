// One turn: the question, and the answer as far as it has arrived.

import { memo } from "react";
import { useI18n } from "../i18n";
import { languageOf } from "../language";
import { Markdown } from "../markdown/Markdown";
import type { Chat } from "../state/chat";
import { isOpen, type Turn } from "../state/turn";
import { AnswerActions } from "./AnswerActions";
import { Citations } from "./Citations";
import { FailureView } from "./FailureView";
import { Icon } from "./Icon";
import { Mark } from "./art/Mark";
import { ProductCard } from "./ProductCard";
import { SourceBadge } from "./SourceBadge";

interface Props {
  readonly turn: Turn;
  readonly chat: Chat;
  readonly online: boolean;
  /** Writes this text anew. */
  readonly onEdit: (text: string) => void;
  /** An action took the focused button away: the composer is where to go on. */
  readonly onDone: () => void;
}

/** Turns do not change once they are answered, so a token redraws only the turn that it belongs to. */
export const TurnView = memo(function TurnView({ turn, chat, online, onEdit, onDone }: Props) {
  const { t, language } = useI18n();
  const asked = languageOf(turn.question);
  return (
    <article className="turn" aria-busy={isOpen(turn)}>
      {turn.question !== "" && (
        <div className="question" lang={asked}>
          <span className="visually-hidden" lang={language}>{t.you}: </span>
          {turn.question}
        </div>
      )}
      <div className="answer">
        <Mark />
        <div className="answer-body">
          <span className="visually-hidden">{t.assistant}: </span>
          {turn.phase === "waiting" && <Waiting text={turn.replay !== null ? t.resuming : t.thinking} />}
          {turn.text !== "" && (
            <div className="bubble" lang={languageOf(turn.text)}>
              <Markdown text={turn.text} streaming={turn.phase === "streaming"} />
            </div>
          )}
          {turn.cards.length > 0 && (
            <ul className="cards">{turn.cards.map((card) => <ProductCard key={card.id} product={card} />)}</ul>
          )}
          {turn.phase === "stopped" && <Stopped onAgain={() => { onDone(); void chat.retry(turn.id); }} />}
          {turn.failure !== null && (
            <FailureView
              failure={turn.failure}
              online={online}
              onRetry={() => { onDone(); void chat.retry(turn.id); }}
              onEdit={() => { chat.remove(turn.id); onEdit(turn.question); }}
            />
          )}
          <Citations citations={turn.citations} />
          {turn.phase === "done" && (
            <div className="answer-foot">
              {turn.source !== null && <SourceBadge source={turn.source} />}
              <AnswerActions
                turn={turn}
                onRate={(rating) => chat.rate(turn.id, rating)}
                onFurther={() => { onDone(); void chat.askFurther(turn.id); }}
              />
            </div>
          )}
        </div>
      </div>
    </article>
  );
});

function Waiting({ text }: { text: string }) {
  return (
    <p className="waiting">
      <span className="dots" aria-hidden="true"><i /><i /><i /></span>
      {text}
    </p>
  );
}

function Stopped({ onAgain }: { onAgain: () => void }) {
  const { t } = useI18n();
  return (
    <div className="stopped">
      <span>{t.stopped}</span>
      <button type="button" className="button" onClick={onAgain}>
        <Icon name="retry" />
        {t.askAgain}
      </button>
    </div>
  );
}
