/** The command line of the benchmark programs. */
import { parseArgs } from 'node:util';

/**
 * Options as `{ name: { type, help, value?, known?, many? } }`: `value` names the argument in the help, `known` lists what it
 * may be, `many` takes several, by commas.
 *
 * Prints the help, or says what is wrong, and ends the process where there is nothing to run.
 */
export function readOptions(program, about, options) {
  const settings = { ...options, help: { type: 'boolean', help: 'this text' } };
  try {
    const { values } = parseArgs({
      options: Object.fromEntries(Object.entries(settings).map(([name, { type }]) => [name, { type }])),
    });
    if (values.help) {
      console.log(help(program, about, settings));
      process.exit(0);
    }
    return Object.fromEntries(
      Object.entries(settings).map(([name, setting]) => [name, convert(name, values[name], setting)]),
    );
  } catch (error) {
    console.error(`${error.message}\nHint: ${program} --help lists the options.`);
    return process.exit(2);
  }
}

function help(program, about, settings) {
  const left = Object.entries(settings).map(([name, { value }]) => `  --${name}${value ? ` ${value}` : ''}`);
  const width = Math.max(...left.map((text) => text.length));
  const lines = Object.values(settings).map(({ help: text, known, fallback }, i) => {
    const words = known === undefined ? '' : `: ${known.join(', ')}`;
    const otherwise = typeof fallback === 'number' ? ` (default ${fallback})` : '';
    return `${left[i].padEnd(width)}  ${text}${words}${otherwise}`;
  });
  return `Usage: ${program} [options]\n\n${about}\n\n${lines.join('\n')}`;
}

function convert(name, text, { type, known, many, number, fallback }) {
  if (text === undefined) return fallback ?? (type === 'boolean' ? false : undefined);
  if (type === 'boolean') return text;
  const parts = many ? text.split(',') : [text];
  const stranger = known && parts.find((part) => !known.includes(part));
  if (stranger !== undefined) throw new Error(`--${name} "${stranger}" is none of ${known.join(', ')}.`);
  if (!number) return many ? parts : text;
  const numbers = parts.map(Number);
  const wrong = numbers.findIndex((n) => !Number.isInteger(n) || n < 1);
  if (wrong >= 0) throw new Error(`--${name} must be integers >= 1, got "${parts[wrong]}".`);
  return many ? numbers : numbers[0];
}
