/**
 * A data set as a run needs it: pairs to train on, held-out pairs that steer the run (early stop, curves), and held-out pairs
 * that are looked at twice only, before and after it.
 */
import { Digest } from '../../checkpoint/index.js';
import { type PairDataset, rowCount, splitByAnchor, type TextPairs, type VectorPairs } from '../../data/index.js';
import { AdnceError } from '../../errors.js';
import { digestPairs, updateNumbers, updateTexts } from '../../runs/index.js';
import { type ReadOptions, readPairs } from '../read/index.js';
import {
  definitionPairs,
  hypernymPairs,
  readWordNet,
  type Synset,
  splitSynsets,
  synsetText,
} from '../sample/wordnet.js';
import { countItems, evenly, type Items, isTexts, narrowTask, type RetrievalTask } from './items.js';

/** Everything a run learns from and is measured on. */
export interface RunData {
  /** Name for people: a path, or that of the sample. */
  name: string;
  train: PairDataset;
  /** Steers the run; null where nothing is held out. */
  validation: RetrievalTask | null;
  /** Looked at before and after training; null where nothing is held out. */
  test: RetrievalTask | null;
  /** Searches that show what was learned. */
  searches: string[];
}

export interface HoldOutOptions {
  /** Share of the pairs (below 1) or number of pairs held out for the test; half as many for validation. */
  holdOut: number;
  seed: number;
}

/** Digest of all that a run learns from and is measured on; where nothing is held out, that of its pairs alone. */
export function digestData({ train, validation, test }: RunData): string {
  const pairs = digestPairs(train);
  if (validation === null && test === null) return pairs;
  const digest = updateTexts(new Digest(), [pairs]);
  for (const task of [validation, test]) {
    if (task === null) continue;
    for (const items of [task.queries, task.candidates]) {
      if (isTexts(items)) updateTexts(digest, items);
      else updateNumbers(digest, items.values);
    }
    for (const own of task.relevant) updateNumbers(digest, own);
  }
  return digest.hex();
}

/** Held-out pairs of a data set by default: a tenth, at most this many. */
const DEFAULT_SHARE = 0.1;
const DEFAULT_TEST = 2000;
/** Candidates of the validation task: it runs often. */
const VALIDATION_CANDIDATES = 8192;

const SAMPLE_SEARCHES = [
  'a place where you borrow books',
  'small bird that can hover in the air',
  'fear of being in high places',
  'doctor for children',
  'to move quietly so that nobody notices',
];

/**
 * The built-in sample, WordNet: synsets paired with their hypernyms, and definitions with the words they define. Held-out
 * synsets are in no pair as anchor; their hypernym is to be found among all synsets.
 * @throws E_IO, E_FORMAT as {@link readWordNet}
 */
export async function sampleData({ holdOut, seed }: HoldOutOptions): Promise<RunData> {
  const { synsets } = await readWordNet();
  const name = 'WordNet 3.1';
  if (holdOut === 0) {
    return { name, train: samplePairs(synsets, synsets), validation: null, test: null, searches: SAMPLE_SEARCHES };
  }
  const count = holdOut < 1 ? Math.round(holdOut * synsets.length) : holdOut;
  const first = splitSynsets(synsets, { count, seed });
  const second = splitSynsets(first.train, { count: Math.ceil(count / 2), seed: seed + 1 });
  const everything = [...new Set(synsets.map(synsetText))];
  const task = (heldOut: readonly Synset[]) =>
    retrievalTask(hypernymPairs(heldOut, synsets), everything, 'every synset of WordNet');
  return {
    name,
    train: samplePairs(second.train, synsets),
    validation: smaller(task(second.heldOut), seed),
    test: task(first.heldOut),
    searches: SAMPLE_SEARCHES,
  };
}

/** Texts of the sample that can be searched. */
export async function sampleTexts(): Promise<string[]> {
  return [...new Set((await readWordNet()).synsets.map(synsetText))];
}

function samplePairs(train: readonly Synset[], all: readonly Synset[]): TextPairs {
  const hypernyms = hypernymPairs(train, all);
  const definitions = definitionPairs(train);
  return {
    kind: 'text',
    name: 'WordNet 3.1',
    anchors: [...hypernyms.anchors, ...definitions.anchors],
    positives: [...hypernyms.positives, ...definitions.positives],
  };
}

/**
 * Pairs of a file, split by anchor.
 * @param path as {@link readPairs} takes it
 * @param holdOut undefined: a tenth of the pairs, at most 2,000
 */
export async function fileData(
  path: string,
  options: ReadOptions,
  { holdOut, seed }: { holdOut: number | undefined; seed: number },
): Promise<RunData> {
  const pairs = await readPairs(path, options);
  const rows = rowCount(pairs);
  const wanted = holdOut ?? Math.min(DEFAULT_TEST, Math.ceil(rows * DEFAULT_SHARE));
  if (wanted === 0) return { name: path, train: pairs, validation: null, test: null, searches: [] };
  const count = wanted < 1 ? Math.max(1, Math.round(wanted * rows)) : wanted;
  if (count >= rows) {
    throw new AdnceError('E_OPTION', {
      where: 'train',
      what: `"holdOut" must leave pairs to train on, got ${count} of ${rows}`,
      hint: `use a number up to ${Math.floor(rows / 2)}, or a share such as 0.1`,
    });
  }
  const first = splitByAnchor(pairs, { count, seed });
  const second = splitByAnchor(first.train, { count: Math.ceil(count / 2), seed: seed + 1 });
  const note = `every positive of ${path}`;
  const candidates = pairs.kind === 'text' ? [...new Set(pairs.positives)] : vectorItems(pairs, 'positives');
  const task = (heldOut: PairDataset) => taskOf(heldOut, candidates, note);
  return {
    name: path,
    train: second.train,
    validation: smaller(task(second.heldOut), seed),
    test: task(first.heldOut),
    searches: first.heldOut.kind === 'text' ? first.heldOut.anchors.slice(0, 3) : [],
  };
}

/** Every anchor of a data set asks for its positives among all positives. */
export function retrievalOf(pairs: PairDataset): RetrievalTask {
  const note = `every positive of ${pairs.name}`;
  const candidates = pairs.kind === 'text' ? [...new Set(pairs.positives)] : vectorItems(pairs, 'positives');
  return taskOf(pairs, candidates, note);
}

function vectorItems(pairs: VectorPairs, column: 'anchors' | 'positives'): Items {
  return { values: pairs[column], dimension: pairs.dimension };
}

function taskOf(heldOut: PairDataset, candidates: Items, note: string): RetrievalTask {
  if (heldOut.kind === 'text') return retrievalTask(heldOut, candidates as readonly string[], note);
  return vectorTask(heldOut, candidates, note);
}

/** One query for each distinct anchor; its right candidates are all of its positives. */
function retrievalTask(pairs: TextPairs, candidates: readonly string[], note: string): RetrievalTask {
  const index = new Map(candidates.map((text, i) => [text, i]));
  const relevant = new Map<string, number[]>();
  pairs.anchors.forEach((anchor, row) => {
    const own = relevant.get(anchor) ?? [];
    relevant.set(anchor, own);
    own.push(index.get(pairs.positives[row] as string) as number);
  });
  const queries = [...relevant.keys()];
  return {
    queries,
    candidates,
    relevant: [...relevant.values()].map((indices) => Int32Array.from(indices)),
    self: Int32Array.from(queries, (query) => {
      const at = index.get(query) ?? -1;
      return relevant.get(query)?.includes(at) === true ? -1 : at;
    }),
    note,
  };
}

/** Vectors have no names: each row asks for its own positive, found by its bits among all. */
function vectorTask(pairs: VectorPairs, candidates: Items, note: string): RetrievalTask {
  const all = candidates as { values: Float32Array; dimension: number };
  const d = pairs.dimension;
  const key = (values: Float32Array, row: number) =>
    String.fromCharCode(...new Uint16Array(values.slice(row * d, (row + 1) * d).buffer));
  const index = new Map<string, number>();
  for (let row = countItems(all) - 1; row >= 0; row--) index.set(key(all.values, row), row);
  const rows = rowCount(pairs);
  return {
    queries: vectorItems(pairs, 'anchors'),
    candidates,
    relevant: Array.from({ length: rows }, (_, row) => Int32Array.of(index.get(key(pairs.positives, row)) as number)),
    self: new Int32Array(rows).fill(-1),
    note,
  };
}

/** The same questions among fewer candidates: the right ones and a few thousand others, evenly taken. */
function smaller(task: RetrievalTask, seed: number): RetrievalTask {
  const total = countItems(task.candidates);
  if (total <= VALIDATION_CANDIDATES) return task;
  const kept = new Set(task.relevant.flatMap((indices) => [...indices]));
  const stride = Math.ceil(total / VALIDATION_CANDIDATES);
  for (let i = seed % stride; i < total; i += stride) kept.add(i);
  const indices = [...kept].sort((a, b) => a - b);
  const everyone = evenly(task.relevant.length, task.relevant.length);
  return narrowTask(task, everyone, indices, `${indices.length} of ${task.note}`);
}
