// A link out of the conversation. It opens beside it, so that the conversation stays; the address was checked by `safeHref`.

import type { ReactNode } from "react";
import { useI18n } from "../i18n";

export function OutLink({ href, className, children }: { href: string; className?: string; children: ReactNode }) {
  const { t } = useI18n();
  return (
    <a href={href} className={className} target="_blank" rel="noopener noreferrer">
      {children}
      <span className="visually-hidden"> {t.newTab}</span>
    </a>
  );
}
