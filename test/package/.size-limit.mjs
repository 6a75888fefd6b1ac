/** What a page loads, minified and gzipped. `npm run size` fails when something has grown past its limit. */

/** A program, bundled as pages get it. */
const bundled = (name, path, limit) => ({
  name,
  path,
  limit,
  gzip: true,
  modifyEsbuildConfig: (config) => ({ ...config, format: 'esm', target: 'es2022' }),
});

/** A file as it is. */
const file = (name, limit) => ({
  name,
  path: `../../dist/${name}`,
  limit,
  gzip: true,
  disablePlugins: ['@size-limit/esbuild'],
});

export default [
  bundled('adnce: the whole main entry', '../../dist/browser.js', '40 kB'),
  ...['data', 'dro', 'evaluate', 'mi', 'page', 'train'].map((room) =>
    bundled(`adnce/${room}, with what it shares with adnce`, `../../dist/${room}.js`, '40 kB'),
  ),
  bundled('adnce/runs, with what it shares with adnce', '../../dist/runs.js', '42 kB'),
  bundled('a program with losses.infoNCE', 'fixtures/minimal.js', '22.5 kB'),
  bundled('the same, by adnce/losses', 'fixtures/minimal-losses.js', '18 kB'),
  ...['simd', 'simd-threads', 'simd-relaxed', 'simd-threads-relaxed'].map((build) => file(`${build}.wasm`, '40 kB')),
  file('adnce.min.js', '112 kB'),
];
