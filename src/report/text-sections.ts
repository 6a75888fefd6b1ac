/** The sections without figures: searches, settings, environment. */

import { fixed, isNumber } from './format.js';
import { cleanText, Html, html } from './html.js';
import { absent, type Section, table } from './page.js';
import type { ReportData, ReportSearch } from './types.js';

const MOST_SEARCHES = 60;

export function searchesSection(run: ReportData): Section {
  const searches = run.searches ?? [];
  const shown = searches.slice(0, MOST_SEARCHES);
  const more = searches.length - shown.length;
  return {
    id: 'searches',
    title: 'Searches',
    body:
      shown.length === 0
        ? absent('No searches were made in this run.')
        : html`<p>What the trained model finds nearest to a query, by the <b>cosine</b> of their vectors.</p>
<div class="cards">${shown.map(searchCard)}</div>${more > 0 ? html`<p class="note">${more} more searches are not shown.</p>` : undefined}`,
  };
}

function searchCard({ query, results }: ReportSearch): Html {
  const item = ({
    text,
    score,
  }: ReportSearch['results'][number]) => html`<li><div class="hit"><span dir="auto">${text}</span>
<span class="score">${fixed(score, 2)}</span></div>${bar(score)}</li>`;
  return html`<article class="card"><h3 dir="auto">${query}</h3>
${results.length === 0 ? html`<p class="absent">Nothing found.</p>` : html`<ol>${results.map(item)}</ol>`}</article>`;
}

/** A line as long as the score. */
function bar(score: number): Html {
  const width = isNumber(score) ? Math.max(0, Math.min(1, score)) * 100 : 0;
  return html`<svg class="bar" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="3"/><rect width="${width.toFixed(1)}" height="3"/></svg>`;
}

const DEEPEST = 6;
const LONGEST_LIST = 24;

/** A value as JSON, for reading. */
function settingText(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '“”' : value;
  if (Array.isArray(value)) {
    const items = value
      .slice(0, LONGEST_LIST)
      .map((item) => (typeof item === 'string' ? item : (JSON.stringify(item) ?? '–')));
    return `${items.join(', ')}${value.length > LONGEST_LIST ? `, … (${value.length} in all)` : ''}`;
  }
  return value === null || value === undefined ? 'none' : String(value);
}

/** Names and values of nested settings, with dots between the names. */
function flatten(settings: object, prefix = '', depth = 0): [string, string][] {
  return Object.entries(settings).flatMap(([key, value]): [string, string][] => {
    const name = `${prefix}${key}`;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[name, settingText(value)]];
    if (depth === DEEPEST) return [[name, '…']];
    const inner = flatten(value, `${name}.`, depth + 1);
    return inner.length === 0 ? [[name, 'none']] : inner;
  });
}

function settingRows(rows: [string, string][]): Html[][] {
  return rows.map(([name, value]) => [html`<code>${breakable(name)}</code>`, html`<span dir="auto">${value}</span>`]);
}

/** Lets a long dotted name break after its dots and before its capitals. */
function breakable(name: string): Html {
  const parts = cleanText(name).split(/(?<=[.])|(?=[A-Z][a-z])/);
  return new Html(parts.map((part) => html`${part}`.text).join('<wbr>'));
}

export function settingsSection(run: ReportData): Section {
  const entries = Object.entries(run.settings ?? {});
  const isGroup = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const loose = Object.fromEntries(entries.filter(([, value]) => !isGroup(value)));
  const groups: [string, object][] = [
    ...(Object.keys(loose).length > 0 ? [['Run', loose] as [string, object]] : []),
    ...entries
      .filter(([, value]) => isGroup(value))
      .map(([name, value]) => [name, value as object] as [string, object]),
  ];
  const body =
    groups.length === 0
      ? absent('The settings of this run were not recorded.')
      : html`<div class="groups">${groups.map(([name, group]) =>
          table({ caption: name, head: ['setting', 'value'], rows: settingRows(flatten(group)), facing: true }),
        )}</div>`;
  return { id: 'settings', title: 'Every setting', body };
}

export function environmentSection(run: ReportData): Section {
  const { environment, command, version } = run;
  const body = html`${
    environment === undefined
      ? absent('The environment of this run was not recorded.')
      : table({
          caption: 'Where it ran',
          head: ['part', 'value'],
          rows: settingRows([['adnce', version], ...flatten(environment)]),
          facing: true,
        })
  }
<h3>How to repeat it</h3>
${
  command === undefined
    ? html`<p>Train again with the settings above, the same data and version ${version} of adnce.</p>`
    : html`<p>With the same data and version ${version} of adnce:</p><pre tabindex="0"><code>${command}</code></pre>`
}
<p>${
    environment !== undefined && /relaxed|fast/i.test(environment.build)
      ? 'This run used a fast build, whose last digits depend on the processor: expect close figures, not equal ones.'
      : 'A deterministic build gives the same bits at any number of threads and on every runtime.'
  }</p>`;
  return { id: 'environment', title: 'Where it ran', body };
}
