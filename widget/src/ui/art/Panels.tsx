// Three panels of a page nobody drew: speed lines around a sun, a shelf in halftone, and ペラッ, the sound of a page being turned.
// All of it is computed once, from a fixed seed, so it is the same on every visit.

const SUN = { x: 104, y: 158 };

/** Dots in a grid whose size grows towards the bottom, as a screen tone does. Each dot is two arcs of one path. */
function halftone(x: number, y: number, columns: number, rows: number, step: number, size: (column: number, row: number) => number) {
  let path = "";
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const r = size(column / columns, row / rows);
      if (r < 0.35) continue;
      const cx = x + column * step + (row % 2) * (step / 2);
      const cy = y + row * step * 0.6;
      path += `M${(cx - r).toFixed(1)} ${cy.toFixed(1)}a${r.toFixed(2)} ${r.toFixed(2)} 0 1 0 ${(2 * r).toFixed(2)} 0a${r.toFixed(2)} ${r.toFixed(2)} 0 1 0 ${(-2 * r).toFixed(2)} 0`;
    }
  }
  return path;
}

/** A small generator (mulberry32); `Math.random` would draw another picture each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Thin wedges that point at the sun and end before it. */
function speedLines(): string {
  const next = random(11);
  let path = "";
  for (let angle = 0; angle < 360; angle += 2.2 + next() * 4.6) {
    const a = (angle * Math.PI) / 180;
    const half = 0.004 + next() * 0.013;
    const inner = 82 + next() * 46;
    const point = (radius: number, at: number) => `${(SUN.x + Math.cos(at) * radius).toFixed(1)} ${(SUN.y + Math.sin(at) * radius).toFixed(1)}`;
    path += `M${point(inner, a)}L${point(340, a - half)}L${point(340, a + half)}z`;
  }
  return path;
}

/** Spines of different heights and widths, left to right. */
function spines(): { x: number; width: number; height: number; kind: number }[] {
  const next = random(5);
  const books = [];
  for (let x = 262; x < 640; ) {
    const width = 11 + Math.floor(next() * 15);
    books.push({ x, width, height: 62 + Math.floor(next() * 34), kind: Math.floor(next() * 5) });
    x += width + 2;
  }
  return books;
}

const LINES = speedLines();
const SPINES = spines();
const SKY = halftone(250, 2, 56, 22, 7, (_, row) => 2.6 * (1 - row) - 0.5);
const TONE = halftone(205, 160, 66, 36, 7, (column, row) => 3.4 * row * (1 - column) + 0.6 * row);

export function Panels() {
  return (
    <svg className="panels" viewBox="-2 -2 644 304" aria-hidden="true" focusable="false">
      <clipPath id="panel-sun"><path d="M0 0h250l-50 300H0z" /></clipPath>
      <clipPath id="panel-shelf"><path d="M262 0h378v140H238.7z" /></clipPath>
      <clipPath id="panel-sound"><path d="M236.7 152H640v148H212z" /></clipPath>
      <g clipPath="url(#panel-sun)">
        <path className="art-paper" d="M0 0h260v300H0z" />
        <path className="art-ink" d={LINES} />
        <circle className="art-accent" cx={SUN.x} cy={SUN.y} r="62" />
      </g>
      <g clipPath="url(#panel-shelf)">
        <path className="art-paper" d="M230 0h410v140H230z" />
        <path className="art-tone" d={SKY} />
        {SPINES.map(({ x, width, height, kind }) => (
          <g key={x} className={`spine spine-${kind}`}>
            <rect x={x} y={140 - height} width={width} height={height} />
            <rect className="spine-label" x={x + width / 2 - 2} y={152 - height} width="4" height={height * 0.4} />
          </g>
        ))}
      </g>
      <g clipPath="url(#panel-sound)">
        <path className="art-paper" d="M205 150h440v152H205z" />
        <path className="art-tone" d={TONE} />
        <text className="art-sound" x="284" y="266" transform="rotate(-5 284 266)">ペラッ</text>
      </g>
      <g className="art-frame">
        <path d="M0 0h250l-50 300H0z" />
        <path d="M262 0h378v140H238.7z" />
        <path d="M236.7 152H640v148H212z" />
      </g>
    </svg>
  );
}
