/**
 * The docs as a reader tries them: every block of JavaScript runs on the built package, every block of JSON is JSON, every
 * command line is one that the command's own parser takes.
 *
 * A block is left out only where its fence says why: ```js skip="the reason". Blocks find a run in runs/mine. Packages that are no
 * dependency of ours are faked at their edge: a model of transformers.js is a function that counts letters.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Command, CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeProgram } from '../src/cli/program.js';
import { adnce } from './support/command.js';
import { blocksOf, commandsOf } from './support/markdown.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))
    .sort(),
].map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }));
const blocks = pages.flatMap(({ name, text }) =>
  blocksOf(text).map((block) => ({ ...block, place: `${name}:${block.line}` })),
);
const of = (...languages: string[]) =>
  blocks.filter(({ language, skip }) => skip === undefined && languages.includes(language));

/** Packages that readers have and we do not, under the names readers know. */
const STAND_INS: Record<string, string> = {
  '@tensorflow/tfjs': `
    import '@tensorflow/tfjs-backend-cpu';
    export * from '@tensorflow/tfjs-core';
    export * from '@tensorflow/tfjs-layers';`,
  '@huggingface/transformers': `
    const letters = (text) => [...'abcdefghijklmnopqrstuvwxyz'].map((letter) => text.split(letter).length - 1);
    export const pipeline = async () => async (texts) => ({ data: Float32Array.from(texts.flatMap(letters)), dims: [texts.length, 26] });`,
};

/** Where blocks stand while they run: inside the package, so that they import it by its name. */
const scripts = join(root, 'build', 'docs');
/** Where they run. */
let folder: string;

beforeAll(async () => {
  for (const [name, code] of Object.entries(STAND_INS)) {
    const place = join(scripts, 'node_modules', name);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }));
    await writeFile(join(place, 'index.js'), code);
  }
  folder = await mkdtemp(join(tmpdir(), 'adnce-docs-'));
  const pairs = Array.from({ length: 40 }, (_, i) => ({ anchor: `word${i} a`, positive: `b word${i}` }));
  await writeFile(join(folder, 'pairs.jsonl'), pairs.map((pair) => JSON.stringify(pair)).join('\n'));
  const options = ['--out', 'runs/mine', '--dimension', '8', '--epochs', '1', '--min-count', '1', '--buckets', '64'];
  expect(await adnce(folder, 'train', 'pairs.jsonl', ...options)).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Parses a command line without doing what it says; returns the complaint, or null. */
async function complaint(words: readonly string[]): Promise<string | null> {
  const program = makeProgram(new AbortController().signal);
  let said = '';
  const quiet = { writeOut: () => {}, writeErr: (text: string) => (said += text) };
  for (const own of [program, ...program.commands]) own.exitOverride().configureOutput(quiet);
  for (const own of program.commands) own.action(() => {});
  try {
    await program.parseAsync(words, { from: 'user' });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? null : said;
  }
}

describe('the pages', () => {
  it('are there', () => {
    expect(pages.map(({ name }) => name)).toEqual(expect.arrayContaining(['README.md', join('docs', 'guide.md')]));
    expect(of('js').length).toBeGreaterThan(2);
  });

  it('say the language of every block, or why it is not run', () => {
    const known = ['js', 'json', 'jsonl', 'sh', 'text'];
    const others = blocks.filter(({ language, skip }) => skip === undefined && !known.includes(language));
    expect(
      others.map(({ place, language }) => `${place}: "${language}" is not run; write js, or say skip="the reason"`),
    ).toEqual([]);
  });
});

describe('JavaScript', () => {
  it.each(of('js'))(
    'of $place runs',
    async ({ place, code }) => {
      const script = join(scripts, `${place.replace(/\W+/g, '-')}.mjs`);
      await writeFile(script, code);
      const { stderr } = await promisify(execFile)(process.execPath, [script], { cwd: folder });
      expect(stderr.replaceAll(/^.*TensorFlow\.js in Node.*$|^=+$/gm, '').trim()).toBe('');
    },
    120_000,
  );
});

describe('JSON', () => {
  it.each(of('json', 'jsonl'))('of $place is JSON', ({ language, code }) => {
    for (const text of language === 'jsonl' ? code.split('\n') : [code]) expect(JSON.parse(text)).toBeTruthy();
  });
});

describe('commands', () => {
  const lines = pages.flatMap(({ name, text }) =>
    commandsOf(text, 'npx adnce').map(({ line, words }) => ({ place: `${name}:${line}`, words })),
  );

  it('of adnce are taken by its parser', async () => {
    expect(lines.length).toBeGreaterThan(8);
    const complaints = await Promise.all(lines.map(async ({ place, words }) => [place, await complaint(words)]));
    expect(complaints.filter(([, text]) => text !== null)).toEqual([]);
  });

  it('of npm run scripts that exist', () => {
    const { scripts: known } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const called = pages.flatMap(({ text }) => [
      ...commandsOf(text, 'npm run').map(({ words }) => words[0] as string),
      ...['start', 'test'].filter((name) => text.includes(`npm ${name}`)),
    ]);
    expect(called.length).toBeGreaterThan(1);
    expect(called.filter((name) => !Object.hasOwn(known, name))).toEqual([]);
  });

  it('have the flags the guide names', () => {
    const flags = new Set(
      makeProgram(new AbortController().signal).commands.flatMap((own: Command) => own.options.map(({ long }) => long)),
    );
    const guide = readFileSync(join(root, 'docs', 'guide.md'), 'utf8');
    const named = [...guide.matchAll(/`(--[a-z][a-z-]*)/g)].map((match) => match[1] as string);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((flag) => !flags.has(flag))).toEqual([]);
  });

  it.each([
    [['train', '--temprature', '1'], /unknown option '--temprature'/],
    [['embed', 'r', 'texts.txt'], /required option '--out <file>'/],
    [['serch', 'r'], /unknown command 'serch'/],
    [['report', 'r', 'more'], /too many arguments/],
    [['train', '--epochs', 'many'], /It must be a number/],
  ])('that are wrong are found: %j', async (words, message) => {
    expect(await complaint(words)).toMatch(message);
    expect(await complaint(['train', '--help'])).toBeNull();
  });
});

describe('reading pages', () => {
  it('finds blocks with language, line and reason', () => {
    const page = ['a', '```js', 'x;', '', 'y;', '```', '````text skip="of another language"', '```', '````'].join('\n');
    expect(blocksOf(page)).toEqual([
      { line: 2, language: 'js', skip: undefined, code: 'x;\n\ny;' },
      { line: 7, language: 'text', skip: 'of another language', code: '```' },
    ]);
    expect(blocksOf('```js skip\n```')[0]?.skip).toBeUndefined();
    expect(() => blocksOf('```js\nx')).toThrow(/line 1 is never closed/);
  });

  it.each([
    ['    npx adnce search runs/x "red car"     look at it', ['search', 'runs/x', 'red car']],
    ["`npx adnce train --help` lists, `npx adnce train 'a b'.`", ['train', '--help'], ['train', 'a b']],
    ['npx adnce train --out=a  # comment', ['train', '--out=a']],
    ['npx adnce eval r | head', ['eval', 'r']],
    ['what `npx adnce …` takes', []],
  ])('finds the commands of %j', (line, ...expected) => {
    expect(commandsOf(`\n${line}`, 'npx adnce')).toEqual(expected.map((words) => ({ line: 2, words })));
  });
});
