/** Runs on disk, for Node, Bun and Deno: a folder for each. */
export { RunFolder } from './disk/run.js';
export { DiskStorage } from './disk/storage.js';
