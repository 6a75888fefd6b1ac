/**
 * Semantic textual similarity in the layout of SentEval: pairs of sentences with a gold score, compared with the model's
 * cosines by Spearman's ρ. Two kinds of files:
 *
 *     STS.input.X.txt   sentence 1 ⇥ sentence 2 (further columns are ignored)
 *     STS.gs.X.txt      the score on the same line; an empty line: not scored, the pair is skipped
 *     sts-*.csv         genre ⇥ file ⇥ year ⇥ id ⇥ score ⇥ sentence 1 ⇥ sentence 2; no header, quotes mean nothing
 */
import { AdnceError } from '../errors.js';
import { spearman } from './spearman.js';

/** Pairs of one subset that have a gold score. */
export interface StsSubset {
  name: string;
  first: string[];
  second: string[];
  /** f64[pairs], higher is more alike. */
  gold: Float64Array;
  /** Pairs of the file without a gold score. */
  skipped: number;
}

/** Files of one subset within a folder. */
export type StsFiles =
  | { kind: 'senteval'; name: string; input: string; gold: string }
  | { kind: 'benchmark'; name: string; file: string };

/** A figure of {@link StsResult}; undefined where it does not exist (fewer than two pairs, or all scores equal). */
export interface StsScore {
  name: string;
  pairs: number;
  spearman: number | undefined;
}

export interface StsResult {
  /** Over the concatenation of all subsets, the figure papers report as "all". */
  all: StsScore;
  subsets: StsScore[];
}

/**
 * Finds which files of a folder belong together; other files are ignored.
 * @param names names of the files, without folders
 * @returns the subsets by name; empty where the folder holds none
 * @throws E_DATA an input file lacks its gold file
 */
export function findStsFiles(names: readonly string[]): StsFiles[] {
  const there = new Set(names);
  const found: StsFiles[] = [];
  for (const input of names) {
    const benchmark = /^(sts-.+)\.[ct]sv$/.exec(input)?.[1];
    if (benchmark !== undefined) found.push({ kind: 'benchmark', name: benchmark, file: input });
    const name = /^STS\.input\.(.+)\.txt$/.exec(input)?.[1];
    if (name === undefined) continue;
    const gold = `STS.gs.${name}.txt`;
    if (!there.has(gold)) {
      throw new AdnceError('E_DATA', {
        where: input,
        what: `"${gold}" with the gold scores must stand beside it, got no such file`,
        hint: 'complete the folder, or take the input file away',
      });
    }
    found.push({ kind: 'senteval', name, input, gold });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Lines of a text, without their ends; a final line end starts no line. */
function linesOf(text: string): string[] {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function parseScore(text: string, where: string): number {
  const score = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(score)) return score;
  const what = `the gold score must be a number, got ${quote(text)}`;
  throw new AdnceError('E_FORMAT', { where, what });
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

class Pairs implements StsSubset {
  readonly first: string[] = [];
  readonly second: string[] = [];
  readonly scores: number[] = [];
  skipped = 0;

  constructor(readonly name: string) {}

  get gold(): Float64Array {
    return Float64Array.from(this.scores);
  }

  add(first: string | undefined, second: string | undefined, score: number, where: string): void {
    if (first === undefined || second === undefined || first.trim() === '' || second.trim() === '') {
      const what = `two sentences separated by a tab are expected, got ${quote(first ?? '')} and ${quote(second ?? '')}`;
      throw new AdnceError('E_FORMAT', { where, what });
    }
    this.first.push(first);
    this.second.push(second);
    this.scores.push(score);
  }

  finish(file: string): StsSubset {
    const { name, first, second, gold, skipped } = this;
    if (gold.length > 0) return { name, first, second, gold, skipped };
    const what = `at least one scored pair is expected, got none (${skipped} without a score)`;
    throw new AdnceError('E_DATA', { where: file, what });
  }
}

/**
 * Reads one subset of SentEval's yearly sets.
 * @param name name of the subset
 * @param input contents of `STS.input.X.txt`
 * @param gold contents of `STS.gs.X.txt`
 * @param files names of the two files, for messages
 * @throws E_FORMAT a line is malformed or the files have different lengths; E_DATA no pair has a score
 */
export function parseSts(
  name: string,
  input: string,
  gold: string,
  files: { input: string; gold: string } = { input: `STS.input.${name}.txt`, gold: `STS.gs.${name}.txt` },
): StsSubset {
  const lines = linesOf(input);
  const scores = linesOf(gold);
  if (lines.length !== scores.length) {
    const [longer, at] = lines.length > scores.length ? [files.input, scores.length] : [files.gold, lines.length];
    throw new AdnceError('E_FORMAT', {
      where: `${longer}:${at + 1}`,
      what: `input and gold must have the same number of lines, got ${lines.length} and ${scores.length}`,
      hint: 'a pair that is not scored has an empty line in the gold file',
    });
  }
  const pairs = new Pairs(name);
  lines.forEach((line, i) => {
    const score = (scores[i] as string).trim();
    if (score === '') {
      pairs.skipped++;
      return;
    }
    const [first, second] = line.split('\t');
    pairs.add(first, second, parseScore(score, `${files.gold}:${i + 1}`), `${files.input}:${i + 1}`);
  });
  return pairs.finish(files.gold);
}

/**
 * Reads one split of the STS benchmark.
 * @param text contents of `sts-*.csv`
 * @param file its name, for messages
 * @throws E_FORMAT a line is malformed; E_DATA the file has no pairs
 */
export function parseStsBenchmark(name: string, text: string, file = `${name}.csv`): StsSubset {
  const pairs = new Pairs(name);
  linesOf(text).forEach((line, i) => {
    const where = `${file}:${i + 1}`;
    const cells = line.split('\t');
    if (cells.length < 7) {
      throw new AdnceError('E_FORMAT', {
        where,
        what: `7 cells separated by tabs are expected, got ${cells.length}`,
        hint: 'genre, file, year, id, score, sentence 1, sentence 2',
      });
    }
    const score = (cells[4] as string).trim();
    if (score === '') pairs.skipped++;
    else pairs.add(cells[5], cells[6], parseScore(score, where), where);
  });
  return pairs.finish(file);
}

/**
 * Spearman's ρ between gold scores and the model's, for each subset and over their concatenation.
 * @param subsets gold scores
 * @param scores for each subset number[pairs], the model's cosines
 * @throws E_SHAPE a list of scores has the wrong length; E_VALUE a score is not finite
 */
export function scoreSts(
  subsets: readonly Pick<StsSubset, 'name' | 'gold'>[],
  scores: readonly ArrayLike<number>[],
): StsResult {
  if (subsets.length !== scores.length) {
    const what = `one list of scores for each subset is expected, got ${scores.length} for ${subsets.length}`;
    throw new AdnceError('E_SHAPE', { where: 'scoreSts', what });
  }
  const allGold: number[] = [];
  const allScores: number[] = [];
  const results = subsets.map(({ name, gold }, i): StsScore => {
    const own = Array.from(scores[i] as ArrayLike<number>);
    if (own.length !== gold.length) {
      const what = `"${name}" must have ${gold.length} scores, got ${own.length}`;
      throw new AdnceError('E_SHAPE', { where: 'scoreSts', what });
    }
    for (const score of gold) allGold.push(score);
    for (const score of own) allScores.push(score);
    return { name, pairs: gold.length, spearman: spearman(own, gold) };
  });
  return { all: { name: 'all', pairs: allGold.length, spearman: spearman(allScores, allGold) }, subsets: results };
}
