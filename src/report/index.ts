/** The report room: a run as one HTML file. Tables for the terminal are in terminal.ts, which loads no plots. */
export { renderReport } from './render.js';
export type * from './types.js';
