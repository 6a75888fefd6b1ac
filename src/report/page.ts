/** Pieces of the page that sections share. */
import { type Html, html } from './html.js';

/** A part of the page. */
export interface Section {
  id: string;
  title: string;
  body: Html;
}

/** A table of figures; the first column names the row. */
export interface Table {
  caption: string;
  head: string[];
  rows: (string | Html)[][];
  /** Two columns of names and values that may wrap, instead of figures. */
  facing?: boolean;
}

/** A table that can be scrolled on a narrow screen. */
export function table({ caption, head, rows, facing = false }: Table): Html {
  const body = rows.map(
    ([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  );
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table${facing ? html` class="facing"` : undefined}>
<caption>${caption}</caption>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${body}</tbody>
</table></div>`;
}

/** A table behind a click: the numbers of a figure. */
export function numbers(contents: Table): Html {
  return html`<details><summary>The numbers: ${contents.caption}</summary>${table(contents)}</details>`;
}

/** Areas by colour, lines by emphasis: two strong ones, and thin ones that differ in colour and dashes. */
export type Swatch = 'first' | 'second' | 'neutral' | 'line' | 'dashed' | `thin-${0 | 1 | 2 | 3 | 4 | 5}`;

/** Swatches with names; the swatch repeats the line or area of the figure. */
export function legend(entries: { kind: Swatch; name: string }[]): Html {
  const isArea = (kind: Swatch) => kind === 'first' || kind === 'second' || kind === 'neutral';
  const item = ({ kind, name }: { kind: Swatch; name: string }) =>
    html`<li><svg class="swatch ${kind}" viewBox="0 0 22 12" aria-hidden="true">${
      isArea(kind) ? html`<rect width="22" height="12" rx="2"/>` : html`<path d="M0 6H22"/>`
    }</svg>${name}</li>`;
  return html`<ul class="legend">${entries.map(item)}</ul>`;
}

/** The one line of a section whose data are not there. */
export function absent(reason: string): Html {
  return html`<p class="absent">${reason}</p>`;
}

/** At most `count` items, evenly spread, the first and the last among them. */
export function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  const step = (items.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, i) => items[Math.round(i * step)] as T);
}
