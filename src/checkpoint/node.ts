/** The checkpoint room on disk, for Node, Bun and Deno: files that are whole at every moment, and the folders of runs. */
export { readError, writeError } from './disk/io-error.js';
export { MetricsLog, readMetrics } from './disk/metrics.js';
export { mustBeFile, readCheckpoint } from './disk/read.js';
export { type CreateRunOptions, type RunFile, RunFolder } from './disk/run.js';
export { type FileSystem, removeStaleTemps, writeCheckpoint, writeFileAtomic } from './disk/write.js';
