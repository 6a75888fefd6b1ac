/** A small plot of one number over the steps of a run, one of several side by side. */
import * as Plot from '@observablehq/plot';
import { AXIS_HEIGHT, COLOUR, figure, heading, leftAxis, stepAxis, stepDomain, THIRD, type Widths } from './figure.js';
import { plain } from './format.js';
import type { Html } from './html.js';

export interface Curve {
  /** Unique within the page. */
  id: string;
  /** Above the plot. */
  name: string;
  /** What it is, for those who can't see it. */
  title: string;
  points: readonly { step: number; value: number }[];
  tickFormat?: (value: number) => string;
  /** Whether the axis begins at 0. */
  zero?: boolean;
  /** One of three by default. */
  widths?: Widths;
}

const MOST_DOTS = 30;

export function curvePanel({ id, name, title, points, tickFormat, zero = true, widths = THIRD }: Curve): Html {
  const last = points.at(-1) as { step: number; value: number };
  return figure(
    id,
    title,
    `At the end ${plain(last.value)}.`,
    (width) => ({
      width,
      height: 190,
      marginLeft: 46,
      marginRight: 14,
      marginTop: 36,
      marginBottom: AXIS_HEIGHT,
      x: { domain: stepDomain(points) },
      y: { nice: true, zero },
      marks: [
        heading(name, { dx: -46 }),
        ...leftAxis({ label: null, ticks: 3, ...(tickFormat === undefined ? {} : { tickFormat }) }),
        stepAxis(3),
        Plot.lineY(points, { x: 'step', y: 'value', stroke: COLOUR.first, strokeWidth: 2 }),
        Plot.dot(points.length > MOST_DOTS ? [last] : points, { x: 'step', y: 'value', fill: COLOUR.first, r: 3 }),
      ],
    }),
    widths,
  );
}
