/**
 * Script and core must be of one build: they share the layout of structs in memory. The build names each core by a digest of what
 * it is compiled from, in a custom section, and puts the same name here.
 */
import { AdnceError } from '../errors.js';

/** The core that this script was built with. Null in the sources, which run beside whatever core was compiled last. */
export const CORE_ID: string | null = null;

const SECTION = 'adnce';

/** @throws E_FORMAT when the core is of another build than `id` */
export function mustBeCore(module: WebAssembly.Module, id: string | null): void {
  if (id === null) return;
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  const found = section === undefined ? 'none' : new TextDecoder().decode(section);
  if (found === id) return;
  throw new AdnceError('E_FORMAT', {
    where: 'init',
    what: `the core is of another build than this script: ${id} was expected, got ${found}`,
    hint: 'an old .wasm file lies in a cache or was left behind by a deployment: reload without the cache, deploy both together, and serve them under new names for each release or with Cache-Control: no-cache',
  });
}
