/** Retrieval before and after training beside the baselines, and sentence similarity. */
import * as Plot from '@observablehq/plot';
import { COLOUR, figure, heading, THIRD } from './figure.js';
import { fixed, isNumber, lowerIsBetter, metricName, metricValue, whole } from './format.js';
import { bestRows, metricNames } from './headline.js';
import { type Html, html, oneLine } from './html.js';
import { absent, type Section, table } from './page.js';
import { cut } from './terminal.js';
import type { ReportData, ReportRetrieval } from './types.js';

const PREFERRED = ['recall@1', 'hit@1', 'recall@10', 'MRR', 'recall@5', 'nDCG@10'];
const MOST_PANELS = 3;

export function retrievalSection(run: ReportData): Section {
  const { retrieval } = run;
  const there = retrieval !== undefined && retrieval.rows.length > 0;
  return {
    id: 'retrieval',
    title: 'What it finds',
    body: there ? retrievalBody(retrieval) : absent('No retrieval was measured in this run.'),
  };
}

function retrievalBody(retrieval: ReportRetrieval): Html {
  const names = metricNames(retrieval);
  const drawable = names.filter(
    (name) => !lowerIsBetter(name) && retrieval.rows.every(({ metrics }) => inUnit(metrics[name])),
  );
  const panels = [...PREFERRED.filter((name) => drawable.includes(name)), ...drawable]
    .filter((name, i, all) => all.indexOf(name) === i)
    .slice(0, MOST_PANELS);
  return html`<p>Each of ${whole(retrieval.queries)} held-out queries ranks all ${whole(retrieval.candidates)} candidates.
<b>Recall@k</b> is the share of right answers among the first k, <b>MRR</b> the mean of 1 / rank of the first right one. Tied
candidates count as the average over their orders, so a model that scores all alike gets the figure of chance.</p>
${panels.length === 0 ? undefined : retrievalFigure(panels, retrieval)}
${retrievalTable(retrieval, names)}
${retrieval.note === undefined ? undefined : html`<p class="note" dir="auto">${retrieval.note}</p>`}`;
}

function retrievalFigure(panels: readonly string[], retrieval: ReportRetrieval): Html {
  const names = retrieval.rows.map((row) => row.name);
  const lexical = names.filter((name) => /^(BM25|TF-IDF)$/.test(name)).join(' and ');
  return html`<figure><div class="panels">${panels.map(
    (name, i) => html`<div>${metricPanel(`retrieval-${i}`, name, retrieval)}</div>`,
  )}</div>
<figcaption>Longer bars are better, ★ marks the best. “trained” is the model of this run${
    names.includes('untrained') ? ', “untrained” the same model before its first step' : undefined
  }${lexical === '' ? undefined : `; ${lexical} only compare${lexical.includes(' and ') ? '' : 's'} words and learn${lexical.includes(' and ') ? '' : 's'} nothing`}.
Every panel is scaled to its longest bar.</figcaption></figure>`;
}

function inUnit(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'number' && value >= 0 && value <= 1);
}

function metricPanel(id: string, metric: string, { rows }: ReportRetrieval): Html {
  const best = bestRows(metric, rows);
  const bars = rows.map((row, i) => ({
    // A place of its own for each row, whatever the names are.
    y: i,
    value: isNumber(row.metrics[metric]) ? (row.metrics[metric] as number) : 0,
    label: `${metricValue(metric, row.metrics[metric])}${best.includes(row) && best.length < rows.length ? ' ★' : ''}`,
    fill: row.name === 'trained' ? COLOUR.first : COLOUR.neutral,
    weight: best.includes(row) ? 700 : 400,
  }));
  const most = Math.max(...bars.map((bar) => bar.value), 1e-9);
  const title = `${metricName(metric)} by contender`;
  const description = rows.map((row) => `${row.name} ${metricValue(metric, row.metrics[metric])}`).join(', ');
  return figure(
    id,
    title,
    description,
    (width) => ({
      width,
      height: 40 + rows.length * 30,
      marginLeft: 80,
      marginRight: 66,
      marginTop: 32,
      marginBottom: 6,
      x: { axis: null, domain: [0, most] },
      y: { axis: null, type: 'band', domain: bars.map((bar) => bar.y), padding: 0.3 },
      marks: [
        heading(metricName(metric), { dx: -80 }),
        Plot.barX(bars, { x: 'value', y: 'y', fill: 'fill', rx2: 2 }),
        Plot.text(bars, {
          x: 0,
          y: 'y',
          text: (bar) => cut(oneLine((rows[bar.y] as { name: string }).name), 11),
          lineWidth: 6,
          textOverflow: 'ellipsis',
          textAnchor: 'end',
          dx: -8,
          fill: COLOUR.ink,
        }),
        // One mark for each weight: it is not a channel.
        ...[400, 700].map((weight) =>
          Plot.text(
            bars.filter((bar) => bar.weight === weight),
            { x: 'value', y: 'y', text: 'label', textAnchor: 'start', dx: 6, fill: COLOUR.ink, fontWeight: weight },
          ),
        ),
      ],
    }),
    THIRD,
  );
}

function retrievalTable({ rows }: ReportRetrieval, names: string[]): Html {
  const best = new Map(names.map((name) => [name, bestRows(name, rows)]));
  const cell = (name: string, row: (typeof rows)[number]) => {
    const text = metricValue(name, row.metrics[name]);
    const isBest = best.get(name)?.includes(row) === true && best.get(name)?.length !== rows.length;
    return isBest
      ? html`<b class="best">${text}<span aria-hidden="true"> ★</span><span class="hidden"> best</span></b>`
      : text;
  };
  return table({
    caption: 'Retrieval; ★ marks the best of each column',
    head: ['', ...names.map((name) => `${metricName(name)}${lowerIsBetter(name) ? ' (low is good)' : ''}`)],
    rows: rows.map((row) => [html`<span dir="auto">${row.name}</span>`, ...names.map((name) => cell(name, row))]),
  });
}

export function stsSection(run: ReportData): Section {
  const { sts } = run;
  const body =
    sts === undefined || sts.length === 0
      ? absent('No sentence similarity sets were scored in this run.')
      : html`<p>People scored how alike two sentences are. <b>Spearman’s ρ</b> says how well the order of the model’s cosines
follows theirs: 100 is the same order, 0 none.</p>
${table({
  caption: 'Spearman’s ρ × 100',
  head: ['set', 'ρ × 100'],
  rows: sts.map(({ name, spearman }) => [
    html`<span dir="auto">${name}</span>`,
    isNumber(spearman) ? fixed(100 * spearman, 2) : 'none: all scores are equal',
  ]),
})}`;
  return { id: 'sts', title: 'Sentence similarity', body };
}
