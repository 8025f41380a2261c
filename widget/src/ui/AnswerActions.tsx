// What can be done with a finished answer: copy it, rate it, ask past it.

import { useState } from "react";
import { useI18n } from "../i18n";
import { plainText } from "../markdown/parse";
import type { Rating } from "../protocol/types";
import type { Turn } from "../state/turn";
import { Icon } from "./Icon";

interface Props {
  readonly turn: Turn;
  readonly onRate: (rating: Rating) => Promise<boolean>;
  readonly onFurther: () => void;
}

export function AnswerActions({ turn, onRate, onFurther }: Props) {
  const { t } = useI18n();
  const [said, setSaid] = useState("");
  const copy = async () => {
    await navigator.clipboard.writeText(plainText(turn.text));
    setSaid(t.copied);
  };
  const rate = async (rating: Rating) => {
    setSaid((await onRate(rating)) ? t.thanks : t.notSaved);
  };
  return (
    <div className="actions">
      {/* Without a secure context there is no clipboard. */}
      {"clipboard" in navigator && turn.text !== "" && (
        <button type="button" className="action" title={t.copy} aria-label={t.copy} onClick={() => void copy()}>
          <Icon name={said === t.copied ? "check" : "copy"} />
        </button>
      )}
      {(["up", "down"] as const).map((rating) => {
        const label = rating === "up" ? t.helpful : t.notHelpful;
        return (
          <button
            key={rating}
            type="button"
            className="action"
            title={label}
            aria-label={label}
            aria-pressed={turn.rating === rating}
            onClick={() => void rate(rating)}
          >
            <Icon name={rating} />
          </button>
        );
      })}
      <span className="action-said" role="status">{said}</span>
      {turn.source === "faq-edge" && turn.question !== "" && (
        <button type="button" className="action action-wide" disabled={turn.declined} onClick={onFurther}>
          <Icon name="further" />
          {turn.declined ? t.askedFurther : t.notWhatIAsked}
        </button>
      )}
    </div>
  );
}
