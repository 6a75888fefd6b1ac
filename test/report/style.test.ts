import { describe, expect, it } from 'vitest';
import { STYLE } from '../../src/report/style.js';

/** The colours of a rule for :root by name; later ones win. */
function colours(...blocks: string[]): Record<string, string> {
  return Object.fromEntries(
    blocks.flatMap((block) =>
      [...block.matchAll(/--(\w+): (#\w+)/g)].map(([, name, value]) => [name as string, value as string]),
    ),
  );
}

/** Relative luminance by WCAG 2. */
function luminance(hex: string): number {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit) : hex.slice(1).match(/../g);
  const [r, g, b] = (digits ?? []).map((pair) => {
    const value = Number.parseInt(pair, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const blocks = [...STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) => block as string);

describe.each([
  ['light', colours(blocks[0] as string)],
  ['dark', colours(blocks[1] as string)],
  ['print', colours(blocks[2] as string)],
])('the colours of %s', (_, colour) => {
  it.each(['paper', 'card'])('can be read on %s', (ground) => {
    const against = (name: string) => contrast(colour[name] as string, colour[ground] as string);
    for (const text of ['ink', 'muted', 'first']) expect(against(text), text).toBeGreaterThanOrEqual(4.5);
    for (const mark of ['second', 'third', 'fourth', 'fifth', 'neutral'])
      expect(against(mark), mark).toBeGreaterThanOrEqual(3);
  });

  it('names all that the sheet uses', () => {
    const used = new Set([...STYLE.matchAll(/var\(--(\w+)\)/g)].map(([, name]) => name));
    expect([...used].filter((name) => colour[name as string] === undefined)).toEqual([]);
  });
});
