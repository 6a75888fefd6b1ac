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
function takeItems(items: Items, indices: readonly number[]): Items {
  if (isTexts(items)) return indices.map((i) => items[i] as string);
  const d = items.dimension;
  const values = new Float32Array(indices.length * d);
  indices.forEach((from, to) => {
    values.set(items.values.subarray(from * d, (from + 1) * d), to * d);
  });
  return { values, dimension: d };
}

/** At most `most` of `total` places, evenly spread. */
export function evenly(total: number, most: number): number[] {
  const count = Math.min(total, most);
  return Array.from({ length: count }, (_, k) => Math.floor((k * total) / count));
}

/**
 * Some questions of a task among some of its candidates.
 * @param queries places of the questions
 * @param candidates places of the candidates, ascending; all that are right for these questions must be there
 */
export function narrowTask(
  task: RetrievalTask,
  queries: readonly number[],
  candidates: readonly number[],
  note: string,
): RetrievalTask {
  const place = new Map(candidates.map((old, i) => [old, i]));
  return {
    queries: takeItems(task.queries, queries),
    candidates: takeItems(task.candidates, candidates),
    relevant: queries.map((query) => (task.relevant[query] as Int32Array).map((old) => place.get(old) as number)),
    self: Int32Array.from(queries, (query) => place.get(task.self[query] as number) ?? -1),
    note,
  };
}
