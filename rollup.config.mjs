/** Bundles: the library for every runtime, the command for Node. */
import { chmodSync } from 'node:fs';
import { nodeResolve } from '@rollup/plugin-node-resolve';

/** In a bundle the core lies beside the script. */
const coreBesideBundle = {
  name: 'core-beside-bundle',
  transform(code, id) {
    return id.endsWith('engine/location.js') ? code.replace('../../dist/simd.wasm', './simd.wasm') : null;
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
    plugins: [coreBesideBundle, nodeResolve()],
    output: { file: 'dist/index.js', format: 'es', sourcemap: true, inlineDynamicImports: true },
  },
  {
    input: 'build/ts/cli/main.js',
    external,
    plugins: [coreBesideBundle, nodeResolve(), executable],
    output: { file: 'dist/cli.js', format: 'es', sourcemap: true, inlineDynamicImports: true },
  },
];
