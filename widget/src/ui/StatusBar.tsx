import { problemText, useI18n } from "../i18n";
import type { Chat } from "../state/chat";
import type { Snapshot } from "../state/store";
import { Icon } from "./Icon";
import { RetryButton } from "./RetryButton";

/** The state of the connection, where it is one that the shopper should know. Turns that go by POST are nobody's trouble. */
export function StatusBar({ chat, state, online }: { chat: Chat; state: Snapshot; online: boolean }) {
  const { t } = useI18n();
  const { trouble, link } = state;
  return (
    <div className="status" role="status">
      {!online && (
        <p className="status-line">
          <Icon name="offline" />
          {t.offline}
        </p>
      )}
      {online && trouble !== null && (
        <div className="status-line">
          <p>
            {t.noSession} {problemText(trouble.problem.code, trouble.problem.detail, t)}
          </p>
          <RetryButton retryAt={trouble.retryAt} onRetry={() => void chat.start()} />
        </div>
      )}
      {online && trouble === null && link === "reconnecting" && <p className="status-line status-late">{t.reconnecting}</p>}
    </div>
  );
}
