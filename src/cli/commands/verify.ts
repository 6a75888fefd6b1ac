/** `adnce verify`: every golden case of a file through the core of this machine. */
import { readFile } from 'node:fs/promises';
import { readError } from '../../checkpoint/node.js';
import { init } from '../../engine/index.js';
import { AdnceError } from '../../errors.js';
import { type GoldenResult, parseGolden, runGolden } from '../golden/index.js';
import { answer, bad, type Output, say } from '../terminal.js';

export interface VerifyCommand extends Output {
  file: string;
}

/** @throws E_IO, E_FORMAT; sets the exit code to 1 when a case fails */
export async function verify({ file, json }: VerifyCommand): Promise<void> {
  await init();
  const text = await readFile(file, 'utf8').catch(async (error: unknown) => {
    throw await readError(file, error);
  });
  const cases = parseGolden(text, file);
  const results = cases.map((golden) => ({ kind: String(golden.objective ?? golden.kind), ...runGolden(golden) }));
  const known = results.filter(({ status }) => status !== 'unknown');
  const failed = known.filter(({ status }) => status === 'failed');
  if (known.length === 0) {
    throw new AdnceError('E_DATA', {
      where: file,
      what: 'at least one case of a known objective is expected, got none',
    });
  }
  const output = { json };
  for (const { name, failures } of failed) say(output, `${bad('✗')} ${name}: ${failures.join('; ')}`);
  for (const [kind, count] of unknownKinds(results)) say(output, `unknown here: ${kind}, ${count} cases`);
  const worst = (key: 'valueError' | 'gradientError') => known.reduce((most, own) => Math.max(most, own[key]), 0);
  const [value, gradient] = [worst('valueError'), worst('gradientError')];
  say(
    output,
    `largest relative error of values ${value.toExponential(2)}, of gradients and weights ${gradient.toExponential(2)}`,
  );
  say(output, `${known.length - failed.length} passed, ${failed.length} failed`);
  answer(output, {
    passed: known.length - failed.length,
    failed: failed.length,
    unknown: Object.fromEntries(unknownKinds(results)),
    valueError: value,
    gradientError: gradient,
    failures: failed.map(({ name, failures }) => ({ name, failures })),
  });
  if (failed.length > 0) process.exitCode = 1;
}

function unknownKinds(results: readonly (GoldenResult & { kind: string })[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { kind, status } of results) if (status === 'unknown') counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
