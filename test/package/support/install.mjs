/** Packs the package, installs the tarball into an empty folder and puts the fixtures beside it. */
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { app, root, suite, TARBALL } from './places.mjs';
import { run } from './run.mjs';

export default async function install() {
  await rm(suite('build'), { recursive: true, force: true });
  await mkdir(app(), { recursive: true });
  // The build was made before; packing must not start another.
  const name = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', suite('build')], root());
  await rename(suite('build', name.trim()), TARBALL);
  await writeFile(app('package.json'), JSON.stringify({ name: 'fixtures', private: true, type: 'module' }));
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', TARBALL], app());
  await cp(suite('fixtures'), app(), { recursive: true });
}
