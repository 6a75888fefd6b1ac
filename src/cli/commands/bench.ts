/** `adnce bench`: ours beside other libraries on this machine, in one run, with equal losses. */
import { writeFileAtomic } from '../../checkpoint/node.js';
import { comparePeers } from '../bench/index.js';
import { bad, faint, type Output, say } from '../terminal.js';

export interface BenchCommand extends Output {
  /** Names of peers; all of them if left out. */
  peers: string[] | undefined;
  cases: string[] | undefined;
  pairs: number[] | undefined;
  dimension: number | undefined;
  repeats: number | undefined;
  /** A file for all measurements as JSON. */
  out: string | undefined;
  signal: AbortSignal;
}

/** @throws E_OPTION, E_IO, E_INTERRUPTED; sets the exit code to 1 when a peer's loss is another than ours */
export async function bench({ json, out, signal, ...asked }: BenchCommand): Promise<void> {
  const output = { json };
  const options = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  const result = await comparePeers({
    ...options,
    signal,
    table: (text) => say(output, text),
    ...(json ? {} : { progress: (text: string) => void process.stderr.write(`${faint(text)}\n`) }),
  });
  if (result.install.length > 0)
    say(output, `\nNot here; to compare with all of them: npm install ${result.install.join(' ')}`);
  const text = JSON.stringify(result);
  if (out !== undefined) await writeFileAtomic(out, [new TextEncoder().encode(`${text}\n`)]);
  if (json) process.stdout.write(`${text}\n`);
  if (result.agreed) return;
  say(output, bad('A peer computed another loss or gradient than ours.'));
  process.exitCode = 1;
}
