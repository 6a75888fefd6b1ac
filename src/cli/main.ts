#!/usr/bin/env node
/**
 * The command `adnce`. Whatever goes wrong ends as one line on standard error, with a code of docs/errors.md, and an exit code that
 * is not 0: 1 for what was asked, 2 for how it was asked, 130 after Ctrl-C.
 */
import { CommanderError } from 'commander';
import { AdnceError } from '../errors.js';
import { makeProgram } from './program.js';
import { bad } from './terminal.js';

const controller = new AbortController();

/** The first Ctrl-C lets the running step end and keeps its checkpoint; the second ends at once. */
function interrupt(): void {
  if (controller.signal.aborted) process.exit(130);
  controller.abort();
  process.stderr.write('\nStopping after this step; press Ctrl-C again to stop at once.\n');
}

function exitCodeFor(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof AdnceError)) return 1;
  if (error.code === 'E_INTERRUPTED') return 130;
  return error.code === 'E_OPTION' ? 2 : 1;
}

/** What a person is told of an error; commander has spoken already. */
function tell(error: unknown): void {
  if (error instanceof CommanderError) return;
  if (error instanceof AdnceError) {
    process.stderr.write(`${bad(error.code)}${error.message.slice(error.code.length)}\n`);
    return;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}

async function main(): Promise<void> {
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  // A pipe that ends early, such as `| head`, is no mistake.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const program = makeProgram(controller.signal);
  for (const own of [program, ...program.commands]) {
    own.exitOverride();
    own.configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, `${bad('E_OPTION')} adnce: `)),
    });
  }
  try {
    await program.parseAsync();
  } catch (error) {
    tell(error);
    process.exitCode = exitCodeFor(error);
  }
}

await main();
