/** The answers as text and as Markdown. */
import {
  comparisonMarkdown,
  LEGEND,
  machineText,
  markdownTable,
  textTable,
  timeCell,
  verdictMarkdown,
} from '../dist/bench.js';

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/** Rows of cells under titles, the first column a name and the others numbers. */
function table(titles, rows) {
  const columns = titles.map((title, c) => ({ key: String(c), title, align: c === 0 ? 'left' : 'right' }));
  return textTable(
    rows.map((row) => ({ ...row })),
    columns,
  );
}

const SIZES = ['size', 'gzipped', 'as it is'];

function sizeRows({ cores, library, raw }) {
  return [
    ...Object.entries(cores).map(([name, bytes]) => [`core ${name}`, kilobytes(bytes), kilobytes(raw[`${name}.wasm`])]),
    ['library, minified', kilobytes(library), kilobytes(raw.library)],
  ];
}

const KERNELS = ['kernel', 'µs', 'rate'];

function kernelRows(kernels) {
  return kernels.map(({ name, milliseconds, spread, rate, unit }) => [
    name,
    `${(milliseconds * 1000).toPrecision(3)} ±${Math.round(100 * spread)} %`,
    `${rate.toFixed(rate < 10 ? 2 : 1)} ${unit}`,
  ]);
}

const STARTUP = ['first loss at 256 pairs', 'ms', 'beyond an empty process', 'init(), or the core'];

function startupRows(startup) {
  return startup.map(({ name, total, beyondEmpty, inside, error }) =>
    error
      ? [name, error, '–', '–']
      : [
          name,
          timeCell(total),
          name === 'empty' ? '–' : `${beyondEmpty.median.toFixed(1)} ms`,
          inside === undefined ? '–' : `${inside.toFixed(1)} ms`,
        ],
  );
}

export const sizesText = (sizes) => table(SIZES, sizeRows(sizes));
export const kernelsText = (kernels) => table(KERNELS, kernelRows(kernels));
export const startupText = (startup) => table(STARTUP, startupRows(startup));

/** All that a run found, in Markdown. */
export function markdown({ machine, targets, measurements, startup, kernels, sizes }) {
  const sides = (titles) => titles.map((_, c) => (c === 0 ? 'left' : 'right'));
  const part = (title, titles, rows) => [`### ${title}`, markdownTable(titles, rows, sides(titles))];
  const problems = [...new Set(measurements.map(({ problem }) => problem))];
  return `${[
    machineText(machine),
    ...problems.map((problem) => comparisonMarkdown(measurements.filter((row) => row.problem === problem)).trim()),
    ...(problems.length > 0 ? [LEGEND] : []),
    ...(startup ? part('Start-up', STARTUP, startupRows(startup)) : []),
    ...(kernels ? part('Kernels', KERNELS, kernelRows(kernels)) : []),
    ...(sizes ? part('Sizes', SIZES, sizeRows(sizes)) : []),
    '### Targets',
    verdictMarkdown(targets),
  ].join('\n\n')}\n`;
}
