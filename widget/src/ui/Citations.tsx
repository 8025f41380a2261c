import { useI18n } from "../i18n";
import { languageOf } from "../language";
import { safeHref } from "../markdown/href";
import type { Citation } from "../protocol/types";
import { OutLink } from "./OutLink";

/** The records that an answer stands on, as footnotes. */
export function Citations({ citations }: { citations: readonly Citation[] }) {
  const { t } = useI18n();
  if (citations.length === 0) return null;
  return (
    <ol className="citations" aria-label={t.citations}>
      {citations.map((citation) => (
        <li key={`${citation.kind} ${citation.id}`} lang={languageOf(citation.title)}>
          <Title citation={citation} />
        </li>
      ))}
    </ol>
  );
}

function Title({ citation: { title, url } }: { citation: Citation }) {
  const href = url === undefined ? null : safeHref(url);
  return href === null ? title : <OutLink href={href}>{title}</OutLink>;
}
