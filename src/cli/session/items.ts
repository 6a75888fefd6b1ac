/** Things to be embedded: texts, or ready vectors; and the questions a held-out part asks about them. */

/** Ready vectors, f32[count,dimension]. */
export interface VectorItems {
  values: Float32Array;
  dimension: number;
}

/** Texts or vectors. */
export type Items = readonly string[] | VectorItems;

export function isTexts(items: Items): items is readonly string[] {
  return Array.isArray(items);
}

/** Number of items. */
export function countItems(items: Items): number {
  return isTexts(items) ? items.length : items.values.length / items.dimension;
}

/** Queries and the candidates among which each has to find its own. */
export interface RetrievalTask {
  queries: Items;
  candidates: Items;
  /** Indices of the right candidates of each query. */
  relevant: Int32Array[];
  /** i32[queries], the candidate that is the query itself and takes no part, or −1. */
  self: Int32Array;
  /** What the candidates are, for people. */
  note: string;
}

/** Some items, in the order given. */
export function takeItems(items: Items, indices: readonly number[]): Items {
  if (isTexts(items)) return indices.map((i) => items[i] as string);
  const d = items.dimension;
  const values = new Float32Array(indices.length * d);
  indices.forEach((from, to) => {
    values.set(items.values.subarray(from * d, (from + 1) * d), to * d);
  });
  return { values, dimension: d };
}
