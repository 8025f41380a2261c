// The shop behind the assistant, on screens with room for it. Its shelf asks the assistant about a series, with that series as the
// page's context, as a series page of the shop would.

import { memo } from "react";
import { useI18n } from "../i18n";
import { languageOf } from "../language";
import type { Page } from "../protocol/types";
import { Cover } from "./Cover";
import { Panels } from "./art/Panels";

/** Series of the demo catalogue (`shop/series`), by their ids. */
const SHELF = [
  { id: "monster", en: "Monster", ja: "MONSTER", glyph: "怪物" },
  { id: "one-piece", en: "One Piece", ja: "ONE PIECE", glyph: "海賊" },
  { id: "fullmetal-alchemist", en: "Fullmetal Alchemist", ja: "鋼の錬金術師", glyph: "鋼" },
  { id: "demon-slayer", en: "Demon Slayer", ja: "鬼滅の刃", glyph: "鬼" },
  { id: "hikaru-no-go", en: "Hikaru no Go", ja: "ヒカルの碁", glyph: "碁" },
  { id: "a-silent-voice", en: "A Silent Voice", ja: "聲の形", glyph: "聲" },
] as const;

interface Props {
  readonly busy: boolean;
  readonly onAsk: (text: string, page: Page) => void;
}

export const Backdrop = memo(function Backdrop({ busy, onAsk }: Props) {
  const { t, language } = useI18n();
  return (
    <aside className="shop" aria-label={t.shop.kicker}>
      <div className="shop-intro">
        <p className="shop-kicker">{t.shop.kicker}</p>
        <p className="shop-headline">{t.shop.headline}</p>
        <p className="shop-lead">{t.shop.lead}</p>
      </div>
      <Panels />
      <div className="shelf">
        <h2>{t.shop.shelf}</h2>
        <ul>
          {SHELF.map((series) => {
            const title = series[language];
            const page = { path: `/series/${series.id}`, series: series.id };
            return (
              <li key={series.id}>
                <button
                  type="button"
                  aria-disabled={busy}
                  aria-label={t.shop.ask(title)}
                  onClick={busy ? undefined : () => { onAsk(t.shop.question(title), page); }}
                >
                  <Cover id={series.id} title={series.glyph} />
                  <span className="shelf-title" lang={languageOf(title)}>{title}</span>
                </button>
              </li>
            );
          })}
        </ul>
      </div>
    </aside>
  );
});
