import { formatPrice, genreName, useI18n } from "../i18n";
import { languageOf } from "../language";
import { safeHref } from "../markdown/href";
import type { Product } from "../protocol/types";
import { Cover } from "./Cover";
import { OutLink } from "./OutLink";

/** Genres shown on a card; a series may have more. */
const GENRES_MAX = 3;

export function ProductCard({ product }: { product: Product }) {
  const { t, language } = useI18n();
  const href = safeHref(product.url);
  const { title, alt_title: altTitle, authors, genres, stock, reason } = product;
  const by = languageOf(authors.join(""));
  const stockLabel = (t.stock as Partial<typeof t.stock>)[stock];
  return (
    <li className="card">
      <Cover id={product.id} title={altTitle !== undefined && languageOf(altTitle) === "ja" ? altTitle : title} />
      <div className="card-body">
        <h3 className="card-title" lang={languageOf(title)}>
          {href === null ? title : <OutLink href={href} className="card-link">{title}</OutLink>}
        </h3>
        {altTitle !== undefined && altTitle.toLowerCase() !== title.toLowerCase() && <p className="card-alt" lang={languageOf(altTitle)}>{altTitle}</p>}
        <p className="card-by">
          <span lang={by}>{authors.join(by === "ja" ? "・" : ", ")}</span>
          {product.volumes > 0 && <span className="card-volumes">{t.volumes(product.volumes)}</span>}
        </p>
        <p className="card-tags">
          {genres.slice(0, GENRES_MAX).map((genre) => <span key={genre} className="tag">{genreName(genre, t)}</span>)}
        </p>
        {reason !== undefined && reason !== "" && <p className="card-reason" lang={languageOf(reason)}>{reason}</p>}
        <p className="card-offer">
          <span className="price">{formatPrice(product.price, language)}</span>
          <span className="per">{t.perVolume}</span>
          {stockLabel !== undefined && <span className={`stock stock-${stock}`}>{stockLabel}</span>}
        </p>
      </div>
    </li>
  );
}
