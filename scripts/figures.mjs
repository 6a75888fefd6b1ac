#!/usr/bin/env node
/**
 * `npm run figures [-- --only NAME]`: writes all plots of docs/ by running the scripts beside, or those of one script (`--only` may stand
 * more than once). The library is compiled first; each script says in its head what it draws.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}scripts/figures`;

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const known = readdirSync(folder)
  .filter((name) => name.endsWith('.mjs'))
  .map((name) => name.slice(0, -4));
const { values } = parseArgs({ options: { only: { type: 'string', multiple: true, default: known } } });
const unknown = values.only.find((name) => !known.includes(name));
if (unknown !== undefined) {
  console.error(`Unknown figure "${unknown}". Known: ${known.join(', ')}.`);
  process.exit(2);
}
run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.build.json']);
for (const name of values.only) run(process.execPath, [`${folder}/${name}.mjs`]);
