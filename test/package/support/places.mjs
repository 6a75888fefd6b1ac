/** Where things are. The fixtures run in a folder below this one, so that they find the bundlers here and nothing but the tarball. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('..', import.meta.url));

export const suite = (...parts) => join(here, ...parts);
export const root = (...parts) => join(here, '..', '..', ...parts);
/** The folder the tarball is installed in, with the fixtures beside it. */
export const app = (...parts) => suite('build', 'app', ...parts);
/** The installed package. */
export const installed = (...parts) => app('node_modules', 'adnce', ...parts);
export const TARBALL = suite('build', 'adnce.tgz');
