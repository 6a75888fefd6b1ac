/** Numbers, times and dates as people read them; the same text on every machine. */
import type { Measured } from './types.js';

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const FOUR_DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });

/** Whether a measured value is there. */
export function isNumber(value: Measured | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** 12345.6 → 12,346 */
export function whole(value: number): string {
  return GROUPED.format(value);
}

/** 1500 → 1.5K */
export function compact(value: number): string {
  return COMPACT.format(value);
}

/** A number with four digits that count. */
export function plain(value: Measured | undefined): string {
  if (!isNumber(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(2).replace('e+', 'e').replaceAll('-', '−');
  return FOUR_DIGITS.format(value).replace('-', '−');
}

/** A fixed number of decimals with a true minus. */
export function fixed(value: Measured | undefined, decimals: number): string {
  return isNumber(value)
    ? value
        .toFixed(decimals)
        .replace(/^-(0(\.0*)?)$/, '$1')
        .replace('-', '−')
    : '–';
}

/** 0.4312 → 43.1% */
export function percent(value: Measured | undefined): string {
  return isNumber(value) ? `${fixed(100 * value, 1)}%` : '–';
}

/** A number at the tick of an axis: as short as it can be, without the noise of binary fractions. */
export function tick(value: number): string {
  const clean = Number(value.toPrecision(6));
  const size = Math.abs(clean);
  const text = size !== 0 && (size < 1e-3 || size >= 1e6) ? clean.toExponential() : String(clean);
  return text.replace('e+', 'e').replaceAll('-', '−');
}

/** 83.4 → 1 min 23 s */
export function duration(seconds: number): string {
  if (seconds < 10) return `${fixed(seconds, 1)} s`;
  const all = Math.round(seconds);
  if (all < 60) return `${all} s`;
  if (all < 3600) return `${Math.floor(all / 60)} min ${all % 60} s`;
  return `${Math.floor(all / 3600)} h ${Math.floor((all % 3600) / 60)} min`;
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

/** An ISO date as people write it, in UTC; anything else as it came. */
export function date(iso: string): string {
  const time = Date.parse(iso);
  return Number.isNaN(time) ? iso : `${DATE.format(time)} UTC`;
}

/** Ranks: the smaller the better. All other metrics: the larger. */
export function lowerIsBetter(metric: string): boolean {
  return /rank$/i.test(metric);
}

/** A metric of the evaluate room in its usual form: recall in per cent, MRR and nDCG with three decimals. */
export function metricValue(metric: string, value: Measured | undefined): string {
  if (!isNumber(value)) return '–';
  if (isShare(metric)) return percent(value);
  return lowerIsBetter(metric) ? whole(value) : fixed(value, 3);
}

/** A metric at the tick of an axis. */
export function metricTick(metric: string, value: number): string {
  return isShare(metric) ? `${tick(100 * value)}%` : tick(value);
}

function isShare(metric: string): boolean {
  return /^(recall|hit|accuracy)/i.test(metric);
}

/** The name of a metric for people. */
export function metricName(metric: string): string {
  return metric === 'meanRank' ? 'mean rank' : metric;
}
