/**
 * Character n-grams of '<word>', hashed into a fixed number of buckets (Bojanowski et al., "Enriching Word Vectors with
 * Subword Information", TACL 2017): a misspelt or unseen word still shares most of its features with its relatives.
 */
import { FNV_BASIS, fnvCodePoint } from './hash.js';

const OPEN = 0x3c; // '<'
const CLOSE = 0x3e; // '>'

/**
 * Hashes of every n-gram of '<word>' with min <= n <= max code points, each in [0, buckets). A word too short for any
 * gives one: the whole of '<word>'.
 */
export function hashNgrams(word: string, min: number, max: number, buckets: number): Int32Array {
  const points = [OPEN];
  for (const character of word) points.push(character.codePointAt(0) as number);
  points.push(CLOSE);
  const shortest = Math.min(min, points.length);
  const out: number[] = [];
  for (let start = 0; start + shortest <= points.length; start++) {
    let state = FNV_BASIS;
    const end = Math.min(points.length, start + max);
    for (let i = start; i < end; i++) {
      state = fnvCodePoint(state, points[i] as number);
      if (i - start + 1 >= shortest) out.push((state >>> 0) % buckets);
    }
  }
  return Int32Array.from(out);
}
