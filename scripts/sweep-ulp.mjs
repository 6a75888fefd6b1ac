#!/usr/bin/env node
/**
 * Every one of the 2³² float32 through the core's exp and log (and 1/√x when asked), against float64:
 *
 *     node scripts/sweep-ulp.mjs [exp] [log] [rsqrt]
 *
 * Prints the worst error in units of the last place, where it is, and how many results are not the nearest float32; exits
 * with 1 where a bound is broken.
 */
import { readFile } from 'node:fs/promises';

const BLOCK = 2 ** 20;
const BLOCKS = 2 ** 12;
const PAGE = 65536;

/** What is swept; e^x of a tiny x needs no call. Bounds hold for normal and subnormal results alike. */
const FUNCTIONS = {
  exp: { kernel: 'expArray', bound: 1, exact: (x) => (Math.abs(x) < 2 ** -27 ? 1 + x : Math.exp(x)) },
  log: { kernel: 'logArray', bound: 1, exact: Math.log },
  rsqrt: { kernel: 'rsqrtArray', bound: 1.5, exact: (x) => 1 / Math.sqrt(x) },
};

/** Distance between neighbours at each exponent field. */
const ULP = Float64Array.from({ length: 256 }, (_, exponent) => 2 ** (Math.max(1, exponent) - 150));

async function openCore() {
  const bytes = await readFile(new URL('../dist/simd.wasm', import.meta.url));
  const memory = new WebAssembly.Memory({ initial: (2 * BLOCK * 4) / PAGE + 16, maximum: 65535 });
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const base = Math.ceil(instance.exports.heapBase() / 64) * 64;
  return { core: instance.exports, memory, input: base, output: base + BLOCK * 4 };
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** |got − exact| in ULP of the exact value, for two finite numbers. */
function exactUlp(got, exact) {
  scratch[0] = Math.abs(exact);
  let exponent = Math.max(1, scratchBits[0] >>> 23);
  if (exponent > 1 && Math.abs(exact) < 2 ** (exponent - 127)) exponent--;
  const largest = exponent > 254 ? 2 ** 104 : ULP[exponent];
  const finite = Number.isFinite(got) ? got : Math.sign(got) * 2 ** 128;
  return Math.abs(finite - exact) / largest;
}

/** One block of inputs held against the reference; `report` is added to. */
function check(x, got, gotBits, exact, report) {
  let { worst, at } = report;
  let rounded = 0;
  let wrong = 0;
  for (let i = 0; i < x.length; i++) {
    const input = x[i];
    const value = got[i];
    const expected = exact(input);
    if (Object.is(value, Math.fround(expected))) rounded++;
    if (!Number.isFinite(expected)) {
      if (!Object.is(value, expected)) wrong++;
      continue;
    }
    if (Number.isNaN(value)) wrong++;
    if (value === expected || Number.isNaN(value)) continue;
    const guess = Math.abs(value - expected) / ULP[(gotBits[i] >>> 23) & 255];
    if (guess < worst * 0.499) continue;
    if (Math.fround(expected) === value && (value === Infinity || value === -Infinity)) continue;
    const ulp = exactUlp(value, expected);
    if (ulp > worst) {
      worst = ulp;
      at = input;
    }
  }
  report.worst = worst;
  report.at = at;
  report.rounded += rounded;
  report.wrong += wrong;
}

function sweep(name, { core, memory, input, output }) {
  const { kernel, bound, exact } = FUNCTIONS[name];
  const bits = new Uint32Array(memory.buffer, input, BLOCK);
  const x = new Float32Array(memory.buffer, input, BLOCK);
  const got = new Float32Array(memory.buffer, output, BLOCK);
  const gotBits = new Uint32Array(memory.buffer, output, BLOCK);
  const report = { worst: 0, at: 0, rounded: 0, wrong: 0 };
  const start = performance.now();
  for (let block = 0; block < BLOCKS; block++) {
    for (let i = 0; i < BLOCK; i++) bits[i] = block * BLOCK + i;
    core[kernel](input, output, BLOCK);
    check(x, got, gotBits, exact, report);
    if (process.stderr.isTTY && block % 64 === 0) process.stderr.write(`\r${name} ${Math.floor(block / 40.96)} %`);
  }
  if (process.stderr.isTTY) process.stderr.write('\r');
  const total = BLOCK * BLOCKS;
  const off = total - report.rounded;
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${name}: ${total} inputs in ${seconds} s`);
  console.log(`  worst error ${report.worst.toFixed(4)} ULP at ${report.at} (bound ${bound})`);
  console.log(`  ${off} results (${((100 * off) / total).toFixed(3)} %) are not the nearest float32`);
  console.log(`  ${report.wrong} wrong at NaN or infinity`);
  return report.worst < bound && report.wrong === 0;
}

const names = process.argv.length > 2 ? process.argv.slice(2) : ['exp', 'log'];
const unknown = names.find((name) => !(name in FUNCTIONS));
if (unknown !== undefined) {
  console.error(`unknown function "${unknown}"; known: ${Object.keys(FUNCTIONS).join(', ')}`);
  process.exit(2);
}
const place = await openCore();
const passed = names.map((name) => sweep(name, place));
process.exit(passed.every(Boolean) ? 0 : 1);
