/** The tarball: what is in it, what its maps promise, and how Node and TypeScript take it. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { app, installed, suite, TARBALL } from './support/places.mjs';
import { run } from './support/run.mjs';

const bin = (name) => suite('node_modules', '.bin', name);
const manifest = JSON.parse(await readFile(installed('package.json'), 'utf8'));

/** Runs a module in the folder with the installed package; returns what it printed as JSON. */
async function inNode(name, code) {
  await writeFile(app(name), code);
  return JSON.parse(await run(process.execPath, [app(name)], app()));
}

describe('the tarball', () => {
  it('has nothing to say to publint', async () => {
    expect(await run(bin('publint'), ['run', TARBALL, '--strict'], suite())).toMatch(/All good!/);
  });

  it('has types that resolve: @arethetypeswrong/cli', async () => {
    // By esm-only: Node 10 knows no exports map, and from CommonJS the package is an ES module. What is no module has no types.
    const untyped = Object.keys(manifest.exports).filter((path) => /\.wasm$|worker\.js$/.test(path));
    const args = [TARBALL, '--profile', 'esm-only', '--no-emoji', '--exclude-entrypoints', ...untyped];
    const { failed = '' } = await run(bin('attw'), args, suite()).catch(({ stdout }) => ({ failed: stdout }));
    expect(failed).toBe('');
  });

  it('runs nothing when it is installed', () => {
    const scripts = Object.keys(manifest.scripts ?? {});
    expect(scripts.filter((name) => /^(pre|post)?install$|^prepare$|^(pre|post)prepare$/.test(name))).toEqual([]);
    expect(manifest.gypfile).toBeUndefined();
  });

  it('has every file its maps name, and every condition the runtimes know', async () => {
    const targets = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(targets));
    const named = [...Object.values(manifest.exports).flatMap(targets), manifest.unpkg, manifest.jsdelivr];
    for (const name of named) expect((await readFile(installed(name))).length, name).toBeGreaterThan(0);
    expect(Object.keys(manifest.exports['.'])).toEqual([
      'types',
      'workerd',
      'edge-light',
      'bun',
      'deno',
      'browser',
      'node',
      'default',
    ]);
  });

  it('names as having effects just the files that have some', async () => {
    const scripts = (await readdir(installed('dist'))).filter((name) => /^[\w-]+(\.min)?\.js$/.test(name));
    const entries = scripts.filter((name) => !/^(cli|bench)/.test(name));
    const named = manifest.sideEffects.map((name) => name.replace('./dist/', ''));
    expect(named.filter((name) => !entries.includes(name))).toEqual([]);
    for (const name of entries.filter((entry) => !named.includes(entry))) {
      expect(await readFile(installed('dist', name), 'utf8'), name).not.toMatch(/^usePlatform\(|^void start\(/m);
    }
  });

  it('has no Node in what pages load', async () => {
    const seen = new Set();
    const walk = async (name) => {
      if (seen.has(name)) return;
      seen.add(name);
      const code = await readFile(installed('dist', name), 'utf8');
      expect(code, name).not.toMatch(/['"]node:/);
      for (const [, next] of code.matchAll(/from '\.\/([^']+\.js)'/g)) await walk(next);
    };
    for (const name of ['browser', 'data', 'dro', 'evaluate', 'mi', 'train', 'adnce.min']) await walk(`${name}.js`);
    expect(seen.size).toBeGreaterThan(10);
  });
});

describe('Node', () => {
  it('runs it, and fetches nothing', async () => {
    const result = await inNode(
      'node.mjs',
      `let fetched = 0;
      globalThis.fetch = () => { fetched += 1; throw new Error('no network'); };
      const { program } = await import('./program.js');
      const { engine } = await import('adnce');
      const result = await program({ threads: 2 });
      await engine().ready();
      console.log(JSON.stringify({ ...result, fetched }));`,
    );
    expect(result).toMatchObject({ build: 'simd-threads', threads: 2, notice: null, shared: true, fetched: 0 });
  });

  it('loads every entry, and one library for all', async () => {
    const subpaths = Object.keys(manifest.exports).filter((name) => !/\.(wasm|js|json)$|single$/.test(name));
    const names = await inNode(
      'entries.mjs',
      `const rooms = {};
      for (const path of ${JSON.stringify(subpaths)}) rooms[path] = Object.keys(await import('adnce' + path.slice(1)));
      const [main, losses] = [await import('adnce'), await import('adnce/losses')];
      console.log(JSON.stringify({ rooms, same: main.losses.infoNCE === losses.infoNCE }));`,
    );
    expect(names.same).toBe(true);
    for (const path of subpaths) expect(names.rooms[path].length, path).toBeGreaterThan(0);
  });

  it('runs the command', async () => {
    const text = await run(process.execPath, [join(installed('dist'), 'cli.js'), 'doctor', '--json'], app());
    expect(JSON.parse(text).findings.every(({ fine }) => fine)).toBe(true);
  });

  it('runs the single file', async () => {
    const result = await inNode(
      'single.mjs',
      `import { init, train, data } from 'adnce/single';
      const { build, threads, notice } = await init({ threads: 1 });
      console.log(JSON.stringify({ build, threads, notice, rooms: [typeof train.Trainer, typeof data.TextFeatures] }));`,
    );
    expect(result).toEqual({ build: 'simd', threads: 1, notice: null, rooms: ['function', 'function'] });
  });
});

describe('TypeScript', () => {
  const options = { strict: true, noEmit: true, target: 'es2022', lib: ['es2022', 'dom'], types: [] };

  it.each([
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['preserve', 'bundler'],
  ])('checks a program against its types: module %s, resolution %s', async (module, moduleResolution) => {
    // The library's own declarations are checked too: skipLibCheck stays off.
    const config = { compilerOptions: { ...options, module, moduleResolution }, files: ['./typed.ts'] };
    await writeFile(app('tsconfig.json'), JSON.stringify(config));
    await run(bin('tsc'), ['-p', app('tsconfig.json')], app()).catch(({ stdout }) => expect(stdout).toBe(''));
  });

  it('finds a mistake', async () => {
    const config = { compilerOptions: { ...options, module: 'nodenext' }, files: ['./mistyped.ts'] };
    await writeFile(app('tsconfig.json'), JSON.stringify(config));
    const text = await run(bin('tsc'), ['-p', app('tsconfig.json')], app()).catch(({ stdout }) => stdout);
    expect(text).toContain("'temprature' does not exist");
  });
});
