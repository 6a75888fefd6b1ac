/** The charts, loaded when one is drawn: plots and their document take longer to load than a small benchmark takes. */
import type { Growth } from './chart.js';
import type { Measurement } from './measurement.js';

export type { Growth } from './chart.js';

/** An SVG file of the times of all peers; see chart.ts. */
export async function comparisonChart(measurements: readonly Measurement[]): Promise<string> {
  return (await import('./chart.js')).comparisonChart(measurements);
}

/** An SVG file of curves; see chart.ts. */
export async function growthChart(...of: [string, readonly Growth[], { x: string; y: string }]): Promise<string> {
  return (await import('./chart.js')).growthChart(...of);
}
