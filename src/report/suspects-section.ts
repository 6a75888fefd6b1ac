/** Negatives that look like positives, with their texts. */
import { fixed, percent, plain, whole } from './format.js';
import { type Html, html } from './html.js';
import { absent, type Section } from './page.js';
import type { ReportData, ReportSuspect, ReportSuspects } from './types.js';

export function suspectsSection(run: ReportData): Section {
  const { suspects } = run;
  const reason =
    'No pairs were looked through in this run (it takes a held-out test and an objective with a temperature).';
  return {
    id: 'suspects',
    title: 'Suspected false negatives',
    body: suspects === undefined ? absent(reason) : suspectsBody(suspects),
  };
}

function suspectsBody(suspects: ReportSuspects): Html {
  const { anchors, total, negatives, floor, pairs } = suspects;
  const share = negatives > 0 ? total / negatives : 0;
  return html`<p>Contrastive learning takes every other pair’s text for a wrong answer, and sometimes it is a right one: a <b>false negative</b>.
Among ${whole(anchors)} held-out anchors and each other’s positives, <b>${whole(total)}</b> of ${whole(negatives)} negatives
(${percent(share)}) look like one: nearly as near to the anchor as its own positive or nearer, with a score of at least ${fixed(floor, 2)}, and pushed away
harder than the average negative. ${
    pairs.length === 0
      ? 'None of them is listed.'
      : 'These are pushed hardest. Read them: if many are right answers, a higher temperature pushes them less.'
  }</p>
${
  pairs.length === 0
    ? undefined
    : html`<div class="scroll" role="region" aria-label="Suspected false negatives" tabindex="0"><table class="suspects">
<caption>The number behind a text is its score with the anchor; weight ×1 is that of the average negative</caption>
<thead><tr>${['anchor', 'suspect', 'its own positive', 'weight'].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${pairs.map(suspectRow)}</tbody>
</table></div>`
}`;
}

function suspectRow({ anchor, candidate, ownPositive, score, positive, weight }: ReportSuspect): Html {
  const scored = (text: string, value: number) =>
    html`<td><span dir="auto">${text}</span> <span class="score">${fixed(value, 2)}</span></td>`;
  return html`<tr><th scope="row"><span dir="auto">${anchor}</span></th>${scored(candidate, score)}${scored(ownPositive, positive)}<td>×${plain(weight)}</td></tr>`;
}
