/** Rows of results as Markdown, aligned so that a terminal shows them well too; and where pages keep them. */
import { readFileSync, writeFileSync } from 'node:fs';

const COLUMNS = {
  runtime: ({ runtime }) => runtime,
  version: ({ version }) => version ?? '–',
  where: ({ scene }) => scene,
  build: ({ build }) => build ?? '–',
  threads: ({ threads }) => String(threads ?? '–'),
  'SHA-256 of the weights': ({ weights }) => (weights === undefined ? '–' : `${weights.slice(0, 16)}…`),
  'ms a step': ({ milliseconds }) => milliseconds?.toFixed(1) ?? '–',
  result: ({ result }) => result,
};

/** @param lines the head, and a list of cells for each line */
export function markdown(head, lines) {
  const all = [head, ...lines];
  const widths = head.map((_, k) => Math.max(...all.map((cells) => cells[k].length)));
  const line = (cells) => `| ${cells.map((cell, k) => cell.padEnd(widths[k])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...lines.map(line)].join('\n');
}

/** A line for each row. */
export function fullTable(rows) {
  return markdown(
    Object.keys(COLUMNS),
    rows.map((row) => Object.values(COLUMNS).map((cell) => cell(row))),
  );
}

/** A line for each runtime: what README shows. */
export function shortTable(rows) {
  const names = [...new Set(rows.map(({ runtime }) => runtime))];
  const list = (values) => [...new Set(values.filter((value) => value !== undefined))].join(', ') || '–';
  return markdown(
    ['runtime', 'version', 'where', 'threads', 'same bits'],
    names.map((name) => {
      const own = rows.filter(({ runtime }) => runtime === name);
      return [
        name,
        list(own.map(({ version }) => version)),
        list(own.map(({ scene }) => scene.split(',')[0])),
        list(own.map(({ threads }) => threads)),
        own.every(({ result }) => result === 'passed') ? 'yes' : own.find(({ result }) => result !== 'passed').result,
      ];
    }),
  );
}

/** Puts text between `<!-- runtimes -->` and `<!-- /runtimes -->` of a page. @throws when the page has no such place */
export function writeInto(page, text) {
  const old = readFileSync(page, 'utf8');
  const fresh = old.replace(
    /(<!-- runtimes -->\n)[\s\S]*?(\n<!-- \/runtimes -->)/,
    (_, open, close) => `${open}\n${text}\n${close}`,
  );
  if (!/<!-- runtimes -->[\s\S]*<!-- \/runtimes -->/.test(old))
    throw new Error(`${page} has no <!-- runtimes --> … <!-- /runtimes -->`);
  writeFileSync(page, fresh);
}
