/** The style sheet of the report, and its colours for figures that stand alone. */

/** Colours on white paper. */
const INK = `--ink: #1a1d21; --muted: #585f69; --line: #e1e3e6;
  --first: #1263a8; --second: #b8520a; --neutral: #868d96;
  --third: #2c7a4b; --fourth: #7d4bb5; --fifth: #b03a75;`;

/**
 * The colours of figures and pages. Two sets of variables make light and dark; blue and orange stay apart for every kind of
 * colour vision (thin lines differ in dashes too); text has a contrast of at least 4.5 : 1 and lines and bars that carry meaning of
 * 3 : 1 in both.
 */
export const PALETTE = `
:root {
  color-scheme: light dark;
  --paper: #fbfbfa; --card: #ffffff; ${INK}
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #121417; --card: #1a1d21; --ink: #e8eaed; --muted: #a4abb5; --line: #2d3138;
    --first: #6cb2f2; --second: #f0a05a; --neutral: #7b838e;
    --third: #6fc492; --fourth: #b894ec; --fifth: #ee8dba;
  }
}
`;

/** The style sheet of the report. */
export const STYLE = `${PALETTE}* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
.page { max-width: 928px; margin: 0 auto; padding: 56px 24px 96px; }
a { color: var(--first); text-underline-offset: 3px; }
:focus-visible { outline: 2px solid var(--first); outline-offset: 3px; border-radius: 2px; }
h1, h2, h3 { line-height: 1.25; letter-spacing: -0.01em; overflow-wrap: anywhere; text-wrap: balance; }
h1 { font-size: 2.1rem; margin: 6px 0 4px; }
h2 { font-size: 1.45rem; margin: 0 0 12px; }
h3 { font-size: 1.05rem; margin: 32px 0 8px; }
p { margin: 0 0 16px; max-width: 68ch; overflow-wrap: anywhere; }
.eyebrow, .meta { color: var(--muted); font-size: 0.9rem; margin: 0; }
.lead { font-size: 1.3rem; line-height: 1.5; margin: 28px 0 0; max-width: 44em; text-wrap: pretty; }
.stopped { border-left: 4px solid var(--second); padding: 2px 0 2px 14px; margin: 24px 0 0; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 20px 24px; margin: 36px 0 0; padding: 22px 0; border: solid var(--line); border-width: 1px 0; }
.facts dt { color: var(--muted); font-size: 0.85rem; }
.facts dd { margin: 0; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 0; margin: 20px 0 0; font-size: 0.9rem; }
nav a { display: inline-block; padding: 5px 0; }
section { margin-top: 72px; scroll-margin-top: 24px; }
figure { margin: 24px 0 16px; }
sup { line-height: 0; }
figcaption { color: var(--muted); font-size: 0.9rem; margin-top: 14px; max-width: 76ch; }
.plot { display: block; width: 100%; height: auto; overflow: visible; }
.plot text { white-space: pre; }
.narrow { display: none; }
.panels { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 24px 20px; }
.panels-4 { grid-template-columns: repeat(4, minmax(0, 1fr)); }
.panels-1, .panels-2 { grid-template-columns: repeat(4, minmax(0, 1fr)); }
.halves { grid-template-columns: repeat(2, minmax(0, 1fr)); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 24px; padding: 0; margin: 0 0 14px; font-size: 0.9rem; }
.legend li { display: flex; align-items: center; gap: 8px; }
.swatch { width: 22px; height: 12px; flex: none; }
.swatch.first { fill: var(--first); }
.swatch.second { fill: var(--second); }
.swatch.neutral { fill: var(--neutral); fill-opacity: 0.45; }
.swatch.line { fill: none; stroke: var(--first); stroke-width: 3.5; }
.swatch.dashed { fill: none; stroke: var(--second); stroke-width: 2.5; stroke-dasharray: 7 4; }
.swatch[class*="thin"] { fill: none; stroke-width: 1.5; }
.thin-0, .thin-3 { stroke: var(--third); }
.thin-1, .thin-4 { stroke: var(--fourth); }
.thin-2, .thin-5 { stroke: var(--fifth); }
.thin-3, .thin-4, .thin-5 { stroke-dasharray: 2 3; }
.scroll { position: relative; overflow-x: auto; margin: 24px 0 16px; }
table { border-collapse: collapse; min-width: min(100%, 30rem); font-size: 0.93rem; font-variant-numeric: tabular-nums; }
details caption { display: none; }
caption { text-align: left; overflow-wrap: anywhere; color: var(--muted); font-size: 0.85rem; padding-bottom: 6px; }
th, td { padding: 8px 24px 8px 0; border-bottom: 1px solid var(--line); text-align: right; vertical-align: baseline; white-space: nowrap; }
th:first-child { text-align: left; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-weight: 500; font-size: 0.85rem; white-space: normal; vertical-align: bottom; }
tbody th { font-weight: 500; white-space: normal; overflow-wrap: anywhere; min-width: 7.5rem; max-width: 20rem; }
.best { font-weight: 700; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.facing { width: 100%; min-width: 0; table-layout: fixed; }
.facing td, .facing th { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.facing th { width: 42%; }
.facing thead { display: none; }
.facing caption { color: var(--ink); font-weight: 600; font-size: 1rem; }
.suspects { width: 100%; min-width: 44rem; table-layout: fixed; }
.suspects td, .suspects th { text-align: left; white-space: normal; overflow-wrap: anywhere; max-width: none; padding-right: 24px; }
.suspects th:last-child, .suspects td:last-child { width: 5.5rem; text-align: right; padding-right: 0; }
figcaption p { margin: 0 0 6px; max-width: none; }
.groups { columns: 2 340px; column-gap: 40px; }
.groups .scroll { break-inside: avoid; margin: 0 0 32px; }
details { margin: 8px 0 0; font-size: 0.95rem; }
summary { cursor: pointer; color: var(--first); padding: 6px 0; width: fit-content; }
.note, .absent { color: var(--muted); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 360px), 1fr)); gap: 20px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px 22px 14px; min-width: 0; }
.card h3 { margin: 0 0 12px; }
.card ol { margin: 0; padding: 0; list-style: none; }
.card li { margin: 0 0 12px; font-size: 0.93rem; line-height: 1.45; }
.hit { display: flex; gap: 16px; justify-content: space-between; align-items: baseline; }
.hit > :first-child { min-width: 0; overflow-wrap: anywhere; }
.score { color: var(--muted); font-variant-numeric: tabular-nums; flex: none; }
.bar { display: block; width: 100%; height: 3px; margin-top: 5px; fill: var(--first); }
.track { fill: var(--line); }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
code { font: 0.9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
footer { margin-top: 80px; padding-top: 20px; border-top: 1px solid var(--line); color: var(--muted); font-size: 0.85rem; }
@media (max-width: 820px) {
  .page { padding: 32px 20px 64px; }
  h1 { font-size: 1.65rem; }
  .lead { font-size: 1.12rem; }
  .wide { display: none; }
  .narrow { display: block; max-width: 480px; }
  th, td { padding-right: 18px; }
  .panels, .halves { grid-template-columns: repeat(auto-fit, minmax(min(100%, 280px), 1fr)); }
  section { margin-top: 56px; }
  .facts { grid-template-columns: repeat(auto-fit, minmax(110px, 1fr)); gap: 16px; }
  .facts dd { font-size: 1.15rem; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --card: #fff; ${INK} }
  .page { max-width: none; padding: 0; }
  .wide { display: block; }
  .narrow { display: none; }
  .panels { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .panels-1, .panels-2, .panels-4 { grid-template-columns: repeat(4, minmax(0, 1fr)); }
  .halves { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  h2, h3, .legend, caption { break-after: avoid; }
  nav, details { display: none; }
  section { margin-top: 40px; }
  figure, .card, tr { break-inside: avoid; }
}
`;
