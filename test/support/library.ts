/** The library as plain JavaScript, for tests that start processes of their own. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Compiles src/ as it is now.
 * @param folder an empty folder that takes the result
 * @returns the URL of a source in it, by its path below src/
 */
export async function compileLibrary(folder: string): Promise<(source: string) => string> {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const emit = ['--declaration', 'false', '--declarationDir', 'null', '--sourceMap', 'false', '--outDir', folder];
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noCheck', ...emit], { cwd: root });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return (source) => pathToFileURL(join(folder, source.replace(/\.ts$/, '.js'))).href;
}
