import { useI18n } from "../i18n";
import { Icon } from "./Icon";
import { useCountdown } from "./useCountdown";

interface Props {
  /** When a retry is welcome, in milliseconds since the Unix epoch. */
  readonly retryAt: number | null;
  readonly disabled?: boolean;
  readonly onRetry: () => void;
}

/** Counts down to when the server wants to be asked again. It stays focusable meanwhile, so that a keyboard does not lose its place. */
export function RetryButton({ retryAt, disabled = false, onRetry }: Props) {
  const { t } = useI18n();
  const left = useCountdown(retryAt);
  const off = disabled || left > 0;
  return (
    <button type="button" className="button" aria-disabled={off} onClick={off ? undefined : onRetry}>
      <Icon name="retry" />
      {left > 0 ? t.retryIn(left) : t.retry}
    </button>
  );
}
