/**
 * The report of a run: one HTML file that needs nothing else. No script, no request: its content security policy forbids
 * both, and allows exactly the one style sheet it carries.
 */
import { createHash } from 'node:crypto';
import { checkReport } from './check.js';
import { date, duration, isNumber, plain, whole } from './format.js';
import { headline } from './headline.js';
import { Html, html } from './html.js';
import { lossSection } from './loss-section.js';
import type { Section } from './page.js';
import { retrievalSection, stsSection } from './retrieval-section.js';
import { robustSection } from './robust-section.js';
import { scoresSection } from './scores-section.js';
import { STYLE } from './style.js';
import { suspectsSection } from './suspects-section.js';
import { environmentSection, searchesSection, settingsSection } from './text-sections.js';
import type { ReportData } from './types.js';
import { weightsSection } from './weights-section.js';

const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/**
 * Renders the report of a run.
 * @param run what the run left; missing parts are named as missing
 * @returns an HTML document
 * @throws E_DATA, E_SHAPE the data are not those of a run
 */
export function renderReport(run: ReportData): string {
  checkReport(run);
  const sections = [
    retrievalSection(run),
    ...(run.sts === undefined ? [] : [stsSection(run)]),
    lossSection(run),
    scoresSection(run),
    weightsSection(run),
    robustSection(run),
    suspectsSection(run),
    searchesSection(run),
    settingsSection(run),
    environmentSection(run),
  ];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${run.name} · adnce report</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<div class="page">
<header>
<p class="eyebrow">adnce report</p>
<h1 dir="auto">${run.name}</h1>
<p class="meta"><time datetime="${run.created}">${date(run.created)}</time> · version ${run.version}</p>
<p class="lead">${headline(run)}</p>
${run.stopped === undefined ? undefined : html`<p class="stopped" dir="auto"><b>Stopped early:</b> ${run.stopped}</p>`}
${facts(run)}
<nav aria-label="Contents"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main>${sections.map(renderSection)}</main>
<footer>Made by adnce ${run.version}. This file is complete: it loads nothing and runs no script.</footer>
</div>
</body>
</html>
`.text;
}

function renderSection({ id, title, body }: Section): Html {
  return html`
<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>`;
}

function facts({ summary = {} }: ReportData): Html | undefined {
  const { pairs, examplesPerSecond, seconds, parameters, steps } = summary;
  const all: [string, number | null | undefined, (value: number) => string][] = [
    ['training pairs', pairs, whole],
    ['steps', steps, whole],
    ['training time', seconds, duration],
    ['pairs a second', examplesPerSecond, (value) => (value < 100 ? plain(value) : whole(value))],
    ['parameters', parameters, whole],
  ];
  const known = all.flatMap(([name, value, format]) =>
    isNumber(value) ? [html`<div><dt>${name}</dt><dd>${format(value)}</dd></div>`] : [],
  );
  return known.length === 0 ? undefined : html`<dl class="facts">${known}</dl>`;
}
