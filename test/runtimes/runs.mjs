/**
 * `npm run test:runs -- [--only NAME …]`: runs that move between runtimes on the packed tarball. Each browser begins a run that Node ends,
 * ends one that Node began, and goes on with its own after its worker is gone, in every storage it has; whatever the way, weights and
 * files must be those of a run that Node made without a break. A browser that is not installed is said; it is a failure where CI=true.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RUNTIMES } from './drivers/index.mjs';
import { prepare } from './prepare.mjs';

/** The usual one of the browser, and the one for browsers that lack it. */
const STORAGES = [undefined, 'IndexedDbStorage'];
const STEPS = [1, 7, 12];

/** All that must be equal, as text. */
const identity = ({ digest, files, steps, stopped }) => JSON.stringify({ digest, files, steps, stopped });

/**
 * One browser against Node.
 * @param node (input) → answer
 * @returns how many answers were other ones
 */
async function compare(browser, node, whole, path) {
  let wrong = 0;
  const check = (what, answer) => {
    const same = identity(answer) === identity(whole);
    wrong += Number(!same);
    console.log(`  ${same ? '✓' : '✗'} ${what} (${answer.place})${same ? '' : `: ${identity(answer)}`}`);
  };
  for (const kind of STORAGES) {
    const place = kind ?? 'usual storage';
    const complaints = await browser.run('storage', { kind });
    wrong += complaints.length;
    console.log(
      `  ${complaints.length === 0 ? '✓' : '✗'} ${place}: what every storage promises ${complaints.join('; ')}`,
    );
    for (const stopAt of STEPS) {
      const begun = await browser.run('run', { path: 'runs/mine', kind, stopAt });
      check(`${place}: begun, stopped at ${stopAt}, ended in Node`, await node({ path, archive: begun.archive }));
      const again = await browser.run('run', { path: 'runs/mine', kind, resume: true });
      check(`${place}: stopped at ${stopAt}, ended in a new worker`, again);
      const half = await node({ path, stopAt });
      const ended = await browser.run('run', { path: 'runs/theirs', kind, archive: half.archive, clean: true });
      check(`${place}: begun in Node, stopped at ${stopAt}, ended here`, ended);
    }
  }
  return wrong;
}

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const folder = mkdtempSync(join(tmpdir(), 'adnce-runs-'));
const browsers = RUNTIMES.filter(({ scenes }) => scenes.some(({ place }) => place === 'worker')).filter(
  ({ name }) => values.only === undefined || values.only.includes(name),
);
let failures = 0;
await prepare();
// The package is there only now.
const { default: runInNode } = await import('./tasks/run.mjs');
try {
  const path = join(folder, 'run');
  const whole = await runInNode({ path: join(folder, 'whole') });
  console.log(`Node ${process.versions.node}: ${whole.steps} steps, weights ${whole.digest}`);
  for (const runtime of browsers) {
    if (runtime.find() === null) {
      console.log(`${runtime.name} is not installed: ${runtime.hint}`);
      failures += Number(process.env.CI === 'true');
      continue;
    }
    const session = await runtime.open(runtime.scenes[0]);
    console.log(`${runtime.name} ${session.version}`);
    try {
      failures += await compare(session, runInNode, whole, path);
    } finally {
      await session.close();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failures > 0) {
  console.log(`${failures} failed`);
  process.exitCode = 1;
}
