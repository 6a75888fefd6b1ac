/** What a page of the docs holds besides prose: fenced blocks of code, and lines for a shell. */

export interface Block {
  /** Line of the opening fence, from 1. */
  line: number;
  language: string;
  /** Why it is not run: `skip="…"` behind the language. */
  skip: string | undefined;
  code: string;
}

/** Fenced blocks, in order. @throws when a fence is never closed */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; block: Block; lines: string[] } | null = null;
  for (const [index, line] of page.split('\n').entries()) {
    const fence = /^(`{3,})(.*)$/.exec(line);
    if (open === null) {
      if (fence === null) continue;
      const [language = '', ...rest] = (fence[2] as string).trim().split(' ');
      const skip = /^skip="(.+)"$/.exec(rest.join(' '))?.[1];
      open = { fence: fence[1] as string, block: { line: index + 1, language, skip, code: '' }, lines: [] };
    } else if (fence !== null && fence[1] === open.fence && fence[2] === '') {
      blocks.push({ ...open.block, code: open.lines.join('\n') });
      open = null;
    } else {
      open.lines.push(line);
    }
  }
  if (open !== null) throw new Error(`the block that opens in line ${open.block.line} is never closed`);
  return blocks;
}

export interface CommandLine {
  line: number;
  /** Words after the command's name, as a shell splits them. */
  words: string[];
}

/**
 * Every call of a command on a page, in blocks and in inline code. Two spaces or more end it, since what follows says what it does;
 * so do `#`, `|`, `>` and `&&`, and the `…` of a line that is no example.
 */
export function commandsOf(page: string, command: string): CommandLine[] {
  return page.split('\n').flatMap((text, index) =>
    text
      .split(command)
      .slice(1)
      .map((rest) => ({ line: index + 1, words: shellWords(rest) })),
  );
}

function shellWords(text: string): string[] {
  const words: string[] = [];
  const pattern = /( ?)("[^"]*"|'[^']*'|[^\s`#|>&…]+)/y;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (words.length > 0 && match[1] === '') break;
    words.push((match[2] as string).replace(/^(["'])(.*)\1$/, '$2').replace(/[.,;:)]+$/, ''));
  }
  return words;
}
