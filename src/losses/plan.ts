/**
 * Memory of one walk over a batch's scores: everything the core's `Plan` names, on the stack of the running step.
 * Extra memory is O((rows + columns)·depth); score tiles are kept between the sweeps only within the engine's `scoreBudget`.
 */
import type { Engine, Pointer } from '../engine/index.js';
import { assertInternal } from '../errors.js';

/** Tiles are multiples of 5 rows and of 8 columns; three of these fill the second-level cache best. */
const BLOCK_STEP = 40;
const BLOCK_TARGET = 120;

/** Spare rows after a gradient array, because register tiles are written whole. */
const SPARE_ROWS = 8;

const CACHE_LINE = 64;

/** Tiles are kept from this share of all: an eighth saves a thirtieth of a loss's time. */
const LEAST_SHARE_KEPT = 1 / 8;

/** Bytes of the core's Stats. */
export const STATS_BYTES = 64;
const COEFFICIENT_ARRAYS = 4;

/** The words of the core's Plan, in its order (assembly/contrast/plan.ts). */
const FIELDS = [
  'rows',
  'columns',
  'depth',
  'rowBytes',
  'half',
  'twoSided',
  'bounded',
  'block',
  'group',
  'keptTiles',
  'exclusions',
  'offset0',
  'offset1',
  'offset2',
  'unitU',
  'unitV',
  'transposedV',
  'rightV',
  'rightU',
  'rightBytes',
  'rightEightV',
  'rightEightU',
  'gradU',
  'gradV',
  'rowStats',
  'columnStats',
  'rowCoefficients',
  'columnCoefficients',
  'tiles',
  'schedule',
  'work',
  'scored',
  'gradColumns',
  'exact',
  'exactU',
  'exactV',
] as const;

type PlanFields = Record<(typeof FIELDS)[number], number>;

/** What is to be walked over. */
export interface WalkShape {
  /** Number of anchors. */
  rows: number;
  /** Number of candidates. */
  columns: number;
  /** Length of an embedding. */
  depth: number;
  /** Anchors and candidates are the same rows. */
  half: boolean;
  /** Candidates are anchors of the opposite direction too. */
  twoSided: boolean;
  /** Log-weights stay within 64 of their bound. */
  bounded: boolean;
  /** Excluded candidates of row i: column i + offset. */
  exclusions: readonly number[];
  /** Rows in front of the candidates that are no candidates but have unit rows and gradients: positives of their own. */
  front?: number;
  /** Candidates below it take gradients. Default all. */
  gradColumns?: number;
  /** Whether sweep 2 will run. */
  gradients: boolean;
  /** Whether statistics are gathered more than once. */
  repeated?: boolean;
  /** Whether a scalar is learnt, whose gradient may nearly cancel. */
  learns: boolean;
}

export interface Walk extends PlanFields {
  /** Address of the core's Plan. */
  pointer: Pointer;
  /** Row blocks of the plan. */
  blocks: number;
  /** Address of the plan's word that says whether kept tiles hold their scores. */
  scoredWord: Pointer;
}

function padded(n: number): number {
  return Math.ceil(n / 8) * 8;
}

/**
 * Bytes from one unit row to the next: whole vectors and, where eight dimensions of all rows of a tile would fall on the same few sets of
 * the first-level cache, a line more.
 */
export function unitRowBytes(depth: number): number {
  const bytes = padded(depth) * 4;
  return bytes % (4 * CACHE_LINE) === 0 ? bytes + CACHE_LINE : bytes;
}

/** Candidates of all tiles that hold one below `limit`: such a tile is multiplied whole. */
function upToBlock(limit: number, block: number, columns: number): number {
  return Math.min(columns, Math.ceil(limit / block) * block);
}

/** Edge of a tile: near the target, and so that the last block is not much smaller than the others. */
export function blockSize(rows: number): number {
  const blocks = Math.ceil(rows / BLOCK_TARGET);
  return Math.ceil(rows / blocks / BLOCK_STEP) * BLOCK_STEP;
}

/** Bytes that what can be done without may take: the rest of the step, the gradients of activations for instance, must find room too. */
function room(engine: Engine): number {
  return engine.arena.spareBytes / 2;
}

/** Right-hand sides of the gradient products as panels of their own, where there is room for them. */
function placePanels(engine: Engine, fields: PlanFields): void {
  const { rows, columns, half } = fields;
  const floats = (count: number) => count * padded(fields.depth);
  const count = half ? columns : columns + rows;
  if (floats(count) * 4 > room(engine)) return;
  fields.rightV = engine.stackF32(floats(columns), 'contrastive loss');
  fields.rightU = half ? fields.rightV : engine.stackF32(floats(rows), 'contrastive loss');
  fields.rightBytes = 32;
  fields.rightEightV = columns * 32;
  fields.rightEightU = rows * 32;
}

/** Places to keep up to `most` score tiles in, as many as there is room for; none where there is not for `least`. */
function placeTiles(engine: Engine, fields: PlanFields, most: number, least: number): void {
  const bytes = tileBytesOf(fields.block);
  const count = Math.min(most, Math.floor(room(engine) / bytes));
  if (count < least || count === 0) return;
  fields.keptTiles = count;
  fields.tiles = engine.stackF32((count * bytes) / 4 + 64, 'contrastive loss');
}

/** Bytes of a score tile: rows of its own are 32 bytes longer, as in the core. */
function tileBytesOf(block: number): number {
  return block * (block * 4 + 32);
}

/** Lays a plan out in the memory of the running step. Unit rows, panels and statistics are not yet filled. */
export function layOutWalk(engine: Engine, shape: WalkShape): Walk {
  const { rows, columns, depth, half, gradients, front = 0, gradColumns = columns } = shape;
  const rowBytes = unitRowBytes(depth);
  const block = blockSize(rows);
  const blocks = Math.ceil(rows / block);
  const across = Math.ceil(columns / block);
  const exact = shape.learns && rows * columns * depth <= engine.exactBudget;
  const capacity =
    !exact && (gradients || shape.repeated === true) ? Math.floor(engine.scoreBudget / tileBytesOf(block)) : 0;
  // A one-sided walk may be cut into groups of row blocks, about equal, whose scores are all kept; a two-sided one needs all blocks at once.
  const fits = shape.twoSided ? 0 : Math.floor(capacity / across);
  const group = fits === 0 ? blocks : Math.ceil(blocks / Math.ceil(blocks / fits));
  const tiles = half ? (blocks * (blocks + 1)) / 2 : group * across;

  const floats = (count: number) => engine.stackF32(count, 'contrastive loss');
  const zeros = (count: number) => engine.stackZeros(count, 'contrastive loss');
  const width = rowBytes / 4;
  // Kernels write the first `depth` floats of a unit row; where rows are longer, the rest must be zero.
  const units = (count: number) => (padded(depth) === depth ? floats(count * width) : zeros(count * width));
  const doubles = (count: number) => (exact ? engine.arena.stack(count * depth * 8, 'contrastive loss') : 0);
  const unitU = units(rows);
  const exactU = doubles(rows);
  const gradU = gradients ? zeros((rows + SPARE_ROWS) * width) : 0;
  const gradRowsV = front + upToBlock(gradColumns, block, columns) + SPARE_ROWS;
  const rowStats = floats((rows * STATS_BYTES) / 4);
  const coefficients = (count: number) => zeros(padded(count) * COEFFICIENT_ARRAYS * (exact ? 2 : 1));
  const rowCoefficients = coefficients(rows);
  const twoSides = shape.twoSided && !half;
  const unitV = half ? unitU : units(front + columns) + front * rowBytes;
  const fields: PlanFields = {
    rows,
    columns,
    depth,
    rowBytes,
    half: Number(half),
    twoSided: Number(shape.twoSided),
    bounded: Number(shape.bounded),
    block,
    group,
    keptTiles: 0,
    exclusions: shape.exclusions.length,
    offset0: shape.exclusions[0] ?? 0,
    offset1: shape.exclusions[1] ?? 0,
    offset2: shape.exclusions[2] ?? 0,
    unitU,
    unitV,
    transposedV: floats(padded(columns) * depth),
    rightV: unitV,
    rightU: unitU,
    rightBytes: rowBytes,
    rightEightV: 32,
    rightEightU: 32,
    gradU,
    gradV: half || !gradients ? gradU : zeros(gradRowsV * width) + front * rowBytes,
    rowStats,
    columnStats: twoSides ? floats((columns * STATS_BYTES) / 4) : half ? rowStats : 0,
    rowCoefficients,
    columnCoefficients: twoSides ? coefficients(columns) : half ? rowCoefficients : 0,
    tiles: 0,
    schedule: floats(engine.core.scheduleBytes(blocks, across) / 4),
    work: floats((engine.threads * engine.core.contrastWorkBytes(block, depth, Number(exact))) / 4),
    scored: 0,
    gradColumns,
    exact: Number(exact),
    exactU,
    exactV: half ? exactU : doubles(front + columns) + (exact ? front * depth * 8 : 0),
  };
  // Last, what can be done without, to the same bits.
  if (gradients && 2 * (rows + columns) * rowBytes <= engine.scoreBudget) placePanels(engine, fields);
  placeTiles(engine, fields, Math.min(capacity, tiles), LEAST_SHARE_KEPT * tiles);
  const pointer = engine.stackI32(
    FIELDS.map((name) => fields[name]),
    'contrastive loss',
  );
  assertInternal(engine.core.contrastPlanBytes() === FIELDS.length * 4, 'the plan of the core has other fields');
  return { ...fields, pointer, blocks, scoredWord: pointer + FIELDS.indexOf('scored') * 4 };
}
