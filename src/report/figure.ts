/**
 * Figures: Observable Plot draws on a small DOM without a browser, and the result becomes part of the page. Every figure
 * is drawn twice, for a wide and a narrow screen, so that its text never shrinks; the style sheet shows one of them.
 *
 * Colours are variables of the style sheet, so one drawing serves light and dark.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { compact, tick } from './format.js';
import { cleanText, Html, html, oneLine } from './html.js';

/** Colours by meaning; see style.ts. */
export const COLOUR = {
  ink: 'currentColor',
  muted: 'var(--muted)',
  line: 'var(--line)',
  /** What the run trained, and positive pairs. */
  first: 'var(--first)',
  /** What it is compared with, and negative pairs. */
  second: 'var(--second)',
  neutral: 'var(--neutral)',
  /** Thin lines beside the two that matter. */
  third: 'var(--third)',
  fourth: 'var(--fourth)',
  fifth: 'var(--fifth)',
} as const;

/** Draws a plot of a given width, in CSS pixels. */
export type Draw = (width: number) => Plot.PlotOptions;

/** Widths of the two drawings. */
export interface Widths {
  wide: number;
  narrow: number;
}

export const FULL: Widths = { wide: 880, narrow: 350 };
/** One of two figures side by side. */
export const HALF: Widths = { wide: 430, narrow: 350 };
/** One of three figures side by side. */
export const THIRD: Widths = { wide: 280, narrow: 340 };
/** One of four figures side by side. */
export const QUARTER: Widths = { wide: 205, narrow: 340 };
const FONT_SIZE = 12;

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/**
 * Draws a figure for both widths.
 * @param id unique within the page
 * @param title what the figure is, for those who can't see it
 * @param description what it shows, in a sentence
 */
export function figure(id: string, title: string, description: string, draw: Draw, widths: Widths = FULL): Html {
  return html`<div class="wide">${svg(`${id}-w`, title, description, draw(widths.wide))}</div>
<div class="narrow">${svg(`${id}-n`, title, description, draw(widths.narrow))}</div>`;
}

/** One drawing, an SVG element without styles of its own. */
export function svg(id: string, title: string, description: string, options: Plot.PlotOptions): Html {
  const drawn = Plot.plot({ className: 'plot', ...options, document: document as unknown as Document });
  // Style elements would break the content security policy of the page; style.ts has their rules.
  for (const style of drawn.querySelectorAll('style')) style.remove();
  drawn.setAttribute('font-size', String(FONT_SIZE));
  drawn.setAttribute('role', 'img');
  drawn.setAttribute('aria-labelledby', `${id}-t ${id}-d`);
  const describe = (name: string, own: string, text: string) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    element.setAttribute('id', own);
    element.textContent = cleanText(text);
    return element as unknown as Element;
  };
  drawn.prepend(describe('title', `${id}-t`, title), describe('desc', `${id}-d`, description));
  return new Html(drawn.outerHTML);
}

/** What every axis has in common; no tick marks. */
const AXIS = { color: COLOUR.muted, tickSize: 0, tickPadding: 6, labelArrow: 'none', tickFormat: tick } as const;

/** Room below a plot for the numbers of its axis and their name. */
export const AXIS_HEIGHT = 42;

/** A horizontal axis of numbers; the plot must leave {@link AXIS_HEIGHT} below. */
export function bottomAxis(options: Plot.AxisXOptions): Plot.Markish {
  return Plot.axisX({ ...AXIS, tickPadding: 9, labelAnchor: 'center', ...options });
}

/** An axis of training steps, which are whole numbers. */
export function stepAxis(count: number): Plot.Markish {
  return bottomAxis({
    label: 'step',
    ticks: count,
    tickFormat: (step: number) => (Number.isInteger(step) ? compact(step) : ''),
  });
}

/** The steps of a plot, with room around a single one. */
export function stepDomain(entries: readonly { step: number }[]): [number, number] {
  const steps = entries.map((entry) => entry.step);
  const [first, last] = [steps[0] as number, steps.at(-1) as number];
  return first === last ? [first - 1, last + 1] : [first, last];
}

/** The heading of one plot among several, above its top left corner. */
export function heading(text: string, options: Plot.TextOptions = {}): Plot.Markish {
  return Plot.text([oneLine(text)], {
    frameAnchor: 'top-left',
    dy: -24,
    fontSize: 13,
    fontWeight: 600,
    fill: COLOUR.ink,
    lineWidth: 16,
    textOverflow: 'ellipsis',
    ...options,
  });
}

/** A vertical axis of numbers with grid lines. */
export function leftAxis(options: Plot.AxisYOptions & { ticks?: number | number[] } = {}): Plot.Markish[] {
  const grid = options.ticks === undefined ? {} : { ticks: options.ticks };
  return [Plot.gridY({ stroke: COLOUR.line, strokeOpacity: 1, ...grid }), Plot.axisY({ ...AXIS, ...options })];
}
