/**
 * Bundles: the library and what stands beside it for every runtime; the command and the benchmark, with the program its peers run
 * in, for Node.
 */
import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { nodeResolve } from '@rollup/plugin-node-resolve';

/** In a bundle the core, the threads' script and the program of the benchmark's peers lie beside it; package.json one folder up. */
const placesOfBundle = {
  name: 'places-of-bundle',
  transform(code, id) {
    if (id.endsWith('/location.js')) return code.replace(/'(\.\.\/)+dist\//g, "'./");
    return id.endsWith('cli/version.js') ? code.replace('../../package.json', '../package.json') : null;
  },
};

/** Old pieces, whose names may not come again, go first. */
const executable = {
  name: 'executable',
  buildStart() {
    for (const name of readdirSync('dist').filter((file) => /^(cli|bench)(-.*)?\.js(\.map)?$/.test(file)))
      rmSync(`dist/${name}`);
  },
  writeBundle({ dir }) {
    chmodSync(`${dir}/cli.js`, 0o755);
  },
};

/** The loader is part of the library; what the command uses of others stays outside. */
const external = (id) => !/^[./]|^@assemblyscript\/loader/.test(id);

/** Entries beside the library share its engine and its classes, so they take them from the package, not into themselves. */
const besideLibrary = {
  name: 'beside-library',
  resolveId(source) {
    return /^\.[./]*\/(index|errors)\.js$/.test(source) ? { id: 'adnce', external: true } : null;
  },
};

export default [
  {
    input: 'build/ts/engine/worker.js',
    external,
    output: { file: 'dist/worker.js', format: 'es' },
  },
  {
    input: 'build/ts/index.js',
    external,
    plugins: [placesOfBundle, nodeResolve()],
    output: { file: 'dist/index.js', format: 'es', sourcemap: true, inlineDynamicImports: true },
  },
  {
    input: {
      onnx: 'build/ts/interop/onnx/index.js',
      tfjs: 'build/ts/interop/tfjs.js',
      transformers: 'build/ts/interop/transformers.js',
    },
    plugins: [besideLibrary],
    output: { dir: 'dist', format: 'es', sourcemap: true },
  },
  {
    // In pieces beside each other: a command loads no more than it needs.
    input: {
      cli: 'build/ts/cli/main.js',
      bench: 'build/ts/cli/bench/index.js',
      'bench-worker': 'build/ts/cli/bench/worker.js',
    },
    external,
    plugins: [placesOfBundle, nodeResolve(), executable],
    output: { dir: 'dist', format: 'es', sourcemap: true, chunkFileNames: 'cli-[name].js' },
  },
];
