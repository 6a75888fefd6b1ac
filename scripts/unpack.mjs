/** Packs the package and puts it where an install would, so that what is tested is what a user gets. The library must be built. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** @param folder whose node_modules gets the package, and whose build folder the tarball @returns where the package is */
export function unpack(folder) {
  const [build, place] = [join(folder, 'build'), join(folder, 'node_modules', 'adnce')];
  mkdirSync(build, { recursive: true });
  const options = { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' };
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', build], options),
  );
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  execFileSync('tar', ['-xzf', join(build, filename), '-C', place, '--strip-components=1']);
  return place;
}
