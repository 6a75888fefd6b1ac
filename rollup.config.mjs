/** Bundles: the library for every runtime, the command for Node. */
import { chmodSync } from 'node:fs';
import { nodeResolve } from '@rollup/plugin-node-resolve';

/** In a bundle the core lies beside the script, and package.json one folder up. */
const placesOfBundle = {
  name: 'places-of-bundle',
  transform(code, id) {
    if (id.endsWith('engine/location.js')) return code.replace('../../dist/simd.wasm', './simd.wasm');
    return id.endsWith('cli/version.js') ? code.replace('../../package.json', '../package.json') : null;
  },
};

const executable = {
  name: 'executable',
  writeBundle({ file }) {
    chmodSync(file, 0o755);
  },
};

/** The loader is part of the library; what the command uses of others stays outside. */
const external = (id) => !/^[./]|^@assemblyscript\/loader/.test(id);

export default [
  {
    input: 'build/ts/index.js',
    external,
    plugins: [placesOfBundle, nodeResolve()],
    output: { file: 'dist/index.js', format: 'es', sourcemap: true, inlineDynamicImports: true },
  },
  {
    input: 'build/ts/cli/main.js',
    external,
    plugins: [placesOfBundle, nodeResolve(), executable],
    output: { file: 'dist/cli.js', format: 'es', sourcemap: true, inlineDynamicImports: true },
  },
];
