/** The checkpoint room on disk, for Node, Bun and Deno: files that are whole at every moment. */
export { readCheckpoint, writeCheckpoint } from './disk/checkpoint.js';
export { readError, writeError } from './disk/io-error.js';
export { mustBeFile } from './disk/read.js';
export { type FileSystem, removeStaleTemps, writeFileAtomic } from './disk/write.js';
