// A turn that failed: what happened, and the one thing to do next.

import { problemText, useI18n } from "../i18n";
import { recoveryOf } from "../state/recovery";
import type { Failure } from "../state/turn";
import { RetryButton } from "./RetryButton";
import { Icon } from "./Icon";

interface Props {
  readonly failure: Failure;
  readonly online: boolean;
  readonly onRetry: () => void;
  readonly onEdit: () => void;
}

export function FailureView({ failure, online, onRetry, onEdit }: Props) {
  const { t, language } = useI18n();
  const recovery = recoveryOf(failure.code);
  return (
    <div className="failure" lang={language}>
      <p>{problemText(failure.code, failure.message, t)}</p>
      {recovery === "edit" && (
        <button type="button" className="button" onClick={onEdit}>
          <Icon name="edit" />
          {t.edit}
        </button>
      )}
      {(recovery === "same" || recovery === "new") && (
        <RetryButton retryAt={failure.retryAt} disabled={!online} onRetry={onRetry} />
      )}
    </div>
  );
}
