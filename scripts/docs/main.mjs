/**
 * `npm run docs`: the API reference in build/api, by TypeDoc. Its entries are those of package.json's `exports`; a warning, such as a link to
 * nothing, is a failure.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, LogLevel } from 'typedoc';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** Holds the other entries once more. */
const SINGLE = './single';

const sourceOf = (types) => types.replace(/^\.\/dist\/types\/(.*)\.d\.ts$/, 'src/$1.ts');
const entries = Object.entries(exports)
  .filter(([name, { types }]) => types !== undefined && name !== SINGLE)
  .map(([name, { types }]) => ({ name: join('adnce', name), source: sourceOf(types) }));

/** Types that a public one mentions and that no caller needs by name: its own inside, and what TypeScript computes. */
const INSIDE = [
  ...['Arena', 'Arguments', 'Build', 'Core', 'Moment', 'Slot', 'SparseParameter'],
  ...['ARRAYS', 'JsonRecord', 'Located', 'NumberRange', 'TOKENIZERS'],
  ...['Fn', 'Objectives', 'OfTf', 'Remote', 'WorkerScope'],
];

const application = await Application.bootstrap({
  name: 'adnce',
  entryPoints: entries.map(({ source }) => join(ROOT, source)),
  intentionallyNotExported: INSIDE,
  tsconfig: join(ROOT, 'tsconfig.build.json'),
  readme: join(ROOT, 'README.md'),
  basePath: ROOT,
  out: join(ROOT, 'build', 'api'),
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  githubPages: false,
  logLevel: LogLevel.Warn,
});
const project = await application.convert();
if (project !== undefined) {
  // By the names that they are imported by.
  for (const { name, source } of entries) {
    const module = project.getChildByName([source.replace(/(\/index)?\.ts$/, '')]);
    if (module === undefined) throw new Error(`TypeDoc has no module for ${source}`);
    module.name = name;
  }
  application.validate(project);
  if (!application.logger.hasErrors()) await application.generateOutputs(project);
}
const { errorCount, warningCount } = application.logger;
console.log(`build/api: ${entries.length} entries, ${errorCount} errors, ${warningCount} warnings`);
process.exitCode = errorCount + warningCount > 0 ? 1 : 0;
