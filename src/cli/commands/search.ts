/** `adnce search`: the texts nearest to a query, by meaning; without a query it asks for them one by one. */
import { createInterface } from 'node:readline/promises';
import { mustBeInteger, mustBeString } from '../../options.js';
import { whole } from '../../report/format.js';
import { readTexts } from '../read/index.js';
import { openRun, trainingTexts } from '../session/open.js';
import { Searcher } from '../session/retrieval.js';
import { searchText } from '../tables.js';
import { answer, faint, type Output, say } from '../terminal.js';

export interface SearchCommand extends Output {
  run: string;
  query: string | undefined;
  /** Texts to search; those of the run's data if left out. */
  texts: string | undefined;
  text: string | undefined;
  count: number;
  signal: AbortSignal;
}

/** @throws what data and run can give */
export async function search(command: SearchCommand): Promise<void> {
  const { run, query, texts, text, count, signal } = command;
  mustBeInteger('search', 'count', count, { min: 1 });
  if (query !== undefined) mustBeString('search', 'query', query.trim());
  const opened = await openRun(run);
  const all =
    texts === undefined
      ? await trainingTexts(opened)
      : (await readTexts(texts, text === undefined ? {} : { text })).texts;
  opened.encoder.mustTake(texts ?? run, all);
  const searcher = new Searcher(opened.encoder, all);
  const show = (words: string) => {
    const found = searcher.search(words, count);
    answer(command, found);
    say(command, `${searchText(found)}\n`);
  };
  if (query !== undefined) {
    show(query);
    return;
  }
  if (process.stdin.isTTY)
    say(command, faint(`${whole(all.length)} texts. Type what you look for; an empty line ends.`));
  const lines = createInterface({
    input: process.stdin,
    ...(process.stdin.isTTY ? { output: process.stdout, prompt: '› ' } : {}),
    signal,
  });
  lines.prompt();
  for await (const line of lines) {
    if (line.trim() === '') break;
    show(line.trim());
    lines.prompt();
  }
  lines.close();
}
