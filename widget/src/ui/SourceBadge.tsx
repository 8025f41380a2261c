import { useI18n } from "../i18n";
import type { Source } from "../protocol/types";
import { Icon } from "./Icon";

/** Says where an answer came from. A source that a newer server invents gets no badge. */
export function SourceBadge({ source }: { source: Source }) {
  const { t } = useI18n();
  const words = (t.sources as Partial<typeof t.sources>)[source];
  if (words === undefined) return null;
  return (
    <span className={`source source-${source}`} title={words.more}>
      {source === "faq-edge" && <Icon name="bolt" />}
      {words.label}
      <span className="visually-hidden">. {words.more}</span>
    </span>
  );
}
