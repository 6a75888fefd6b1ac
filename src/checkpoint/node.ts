/** The checkpoint room on disk, for Node, Bun and Deno: files that are whole at every moment, and the folders of runs. */
export { readCheckpoint, readMetrics, writeCheckpoint } from './disk/checkpoint.js';
export { readError, writeError } from './disk/io-error.js';
export { mustBeFile } from './disk/read.js';
export { RunFolder } from './disk/run.js';
export { DiskStorage } from './disk/storage.js';
export { type FileSystem, removeStaleTemps, writeFileAtomic } from './disk/write.js';
