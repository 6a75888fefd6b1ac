/** The command line: every command, its arguments and its flags. What a command needs is loaded when it runs. */
import { Command, Option } from 'commander';
import { DRO_DIVERGENCES, type DroDivergence } from '../losses/index.js';
import { VERSION } from '../version.js';
import { addFlags, ENCODER_FLAGS, FEATURE_FLAGS, parseNumber, pickFlags, TRAIN_FLAGS } from './flags.js';
import type { ReadOptions } from './read/index.js';

type Flags = Record<string, unknown>;

const FORMATS = '.jsonl, .json, .csv, .tsv (also .gz), .parquet, .npy';

/** @param signal says that the user wants the command to end */
export function makeProgram(signal: AbortSignal): Command {
  const program = new Command('adnce')
    .description('Contrastive learning on the CPU: train, look, trust.')
    .version(VERSION, '-V, --version')
    .showSuggestionAfterError()
    .helpCommand(true);
  addTrain(program, signal);
  addEval(program);
  addEmbed(program);
  addExport(program);
  addSearch(program, signal);
  addDro(program);
  addSuggest(program);
  addReport(program);
  addBench(program, signal);
  addVerify(program);
  addDoctor(program);
  return program;
}

function command(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .optionsGroup('Output:')
    .option('--json', 'print one JSON object instead of text', false);
}

/** Flags of commands that read pairs. */
function addColumnFlags(own: Command): Command {
  return own
    .optionsGroup('Columns:')
    .option('--anchor <name>', 'column of the anchors (else known names: anchor, query, premise, …)')
    .option('--positive <name>', 'column of the positives')
    .option('--negative <name>', 'column of the hard negatives')
    .option('--no-negative', 'leave hard negatives out')
    .option('--split <value>', 'take only rows whose split column has this value')
    .option('--split-column <name>', 'name of that column', 'split')
    .option('--no-header', 'the first row of CSV or TSV is data; columns are called 1, 2, 3 …');
}

function readOptions({ anchor, positive, negative, split, splitColumn, header }: Flags): ReadOptions {
  const said = { anchor, positive, negative: negative === true ? undefined : negative, split, header };
  const options = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return { ...options, ...(split === undefined ? {} : { splitColumn }) } as ReadOptions;
}

function addTrain(program: Command, signal: AbortSignal): void {
  const own = command(program, 'train', 'train an encoder on pairs; without data, on WordNet')
    .argument('[data]', `pairs or triplets: ${FORMATS}`)
    .optionsGroup('Run:')
    .option('--out <folder>', 'folder of the run (default runs/<data>-<loss>)')
    .option('--overwrite', 'replace a run that is there', false)
    .addOption(
      new Option(
        '--resume <folder>',
        'go on with a run that was stopped: same data, same settings, same bits',
      ).conflicts(['out', 'overwrite']),
    )
    .option('--state-every <seconds>', 'time between two states to go on from; 0: every step (default 30)', parseNumber)
    .option('--init <vectors>', 'start from ready word vectors (GloVe or word2vec text, or a folder)')
    .option('--threads <number>', 'threads that work on a step (1 … 64; default: one for each processor)', parseNumber)
    .option('--fast', 'fused multiply-add where the runtime has it; results then differ between machines', false)
    .option(
      '--hold-out <number>',
      'pairs held out for the test, or their share if below 1; 0: none (0 or more; default: a tenth, at most 2000)',
      parseNumber,
    );
  addColumnFlags(own);
  addFlags(own, 'Objective and loop', TRAIN_FLAGS);
  addFlags(own, 'Encoder', ENCODER_FLAGS);
  addFlags(own, 'Words and n-grams', FEATURE_FLAGS);
  own.action(async (data: string | undefined, options: Flags) => {
    const { train, resume } = await import('./commands/train.js');
    const said = {
      read: readOptions(options),
      out: options.out as string | undefined,
      overwrite: options.overwrite as boolean,
      holdOut: options.holdOut as number | undefined,
      init: options.init as string | undefined,
      engine: {
        fast: options.fast as boolean,
        ...(options.threads === undefined ? {} : { threads: options.threads as number }),
      },
      train: pickFlags(TRAIN_FLAGS, options),
      encoder: pickFlags(ENCODER_FLAGS, options),
      features: pickFlags(FEATURE_FLAGS, options),
      stateEvery: options.stateEvery as number | undefined,
      command: ['adnce', ...process.argv.slice(2).map(quoted)].join(' '),
      json: options.json as boolean,
      signal,
    };
    if (options.resume === undefined) await train({ ...said, data: data ?? null });
    else await resume(options.resume as string, { ...said, data });
  });
}

/** An argument as a shell takes it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

function addEval(program: Command): void {
  const own = command(program, 'eval', 'measure a run: retrieval on pairs, Spearman’s ρ on STS folders')
    .argument('<run>', 'folder of a run')
    .argument('[data]', `pairs: ${FORMATS}`)
    .optionsGroup('Semantic textual similarity:')
    .option('--sts <folders...>', 'folders with STS.input.X.txt and STS.gs.X.txt, or sts-*.csv');
  addColumnFlags(own);
  own.action(async (run: string, data: string | undefined, options: Flags) => {
    const sts = (options.sts ?? []) as string[];
    const { evaluate } = await import('./commands/eval.js');
    await evaluate({ run, data, sts, read: readOptions(options), json: options.json as boolean });
  });
}

function addEmbed(program: Command): void {
  command(program, 'embed', 'write the embeddings of texts or vectors, for NumPy or an index')
    .argument('<run>', 'folder of a run')
    .argument('<data>', 'texts: .txt, .jsonl, .json, .csv, .tsv (also .gz), .parquet; vectors: .npy, .fbin, .fvecs')
    .optionsGroup('Embeddings:')
    .requiredOption('--out <file>', 'f32[n,d], rows of length 1: .npy, .fbin, .fvecs; or .i8bin, rounded to 1/127')
    .option('--text <name>', 'column of the texts')
    .option('--no-header', 'the first row of CSV or TSV is data')
    .action(async (run: string, data: string, { out, text, header, json }: Flags) => {
      const { embed } = await import('./commands/embed.js');
      await embed({
        run,
        data,
        out: out as string,
        text: text as string | undefined,
        header: header as boolean,
        json: json as boolean,
      });
    });
}

function addExport(program: Command): void {
  command(program, 'export', 'write the encoder of a run as a model for other programs')
    .argument('<run>', 'folder of a run')
    .optionsGroup('Models:')
    .requiredOption('--onnx <file>', 'the .onnx file')
    .action(async (run: string, { onnx, json }: Flags) => {
      const { exportRun } = await import('./commands/export.js');
      await exportRun({ run, onnx: onnx as string, json: json as boolean });
    });
}

function addSearch(program: Command, signal: AbortSignal): void {
  command(program, 'search', 'find texts by meaning; without a query, one after the other')
    .argument('<run>', 'folder of a run')
    .argument('[query]', 'what you look for')
    .optionsGroup('Search:')
    .option('--texts <file>', 'texts to search (default: those the run was trained on)')
    .option('--text <name>', 'column of the texts')
    .option('-k, --count <number>', 'results to show, 1 or more', parseNumber, 10)
    .action(async (run: string, query: string | undefined, { texts, text, count, json }: Flags) => {
      const { search } = await import('./commands/search.js');
      await search({
        run,
        query,
        texts: texts as string | undefined,
        text: text as string | undefined,
        count: count as number,
        json: json as boolean,
        signal,
      });
    });
}

function addDro(program: Command): void {
  const own = command(program, 'dro', 'the robust view: radius, worst-case mass, suspected false negatives')
    .argument('<run>', 'folder of a run')
    .argument('<data>', `pairs: ${FORMATS}`)
    .optionsGroup('Robust view:')
    .addOption(
      new Option('--divergence <name>', 'divergence of the ball (default: that of the run)').choices(DRO_DIVERGENCES),
    )
    .option('--order <number>', 'order of cressie_read or alpha (-20 … 20)', parseNumber)
    .option('--level <number>', 'level of cvar (above 0 … 1)', parseNumber)
    .option('--temperature <number>', 'τ (0.001 … 1000; default: that of the run)', parseNumber)
    .option('--anchors <number>', 'most anchors to look at, 1 or more', parseNumber, 1024)
    .option('-k, --count <number>', 'suspected false negatives to list, 0 or more', parseNumber, 10);
  addColumnFlags(own);
  own.action(async (run: string, data: string, options: Flags) => {
    const { divergence, order, level, temperature, anchors, count, json } = options;
    const { dro } = await import('./commands/dro.js');
    await dro({
      run,
      data,
      read: readOptions(options),
      divergence: divergence as DroDivergence | undefined,
      order: order as number | undefined,
      level: level as number | undefined,
      temperature: temperature as number | undefined,
      anchors: anchors as number,
      count: count as number,
      json: json as boolean,
    });
  });
}

function addSuggest(program: Command): void {
  const own = command(program, 'suggest', 'choose temperature, mu, sigma and batch size from the data, with reasons')
    .argument('[data]', `pairs: ${FORMATS}; WordNet if left out`)
    .optionsGroup('Suggestion:')
    .option('--run <folder>', 'use the encoder of this run instead of training one for a moment')
    .option('--init <vectors>', 'start that one from ready word vectors, as train does')
    .option(
      '--radius <number>',
      'radius η to aim at, nats (above 0 … log of the negatives; default: chosen from the scores)',
      parseNumber,
    )
    .option('--seed <number>', 'seed of the split and of the encoder, 0 or more', parseNumber, 0);
  addColumnFlags(own);
  own.action(async (data: string | undefined, options: Flags) => {
    const { suggest } = await import('./commands/suggest.js');
    await suggest({
      data,
      read: readOptions(options),
      run: options.run as string | undefined,
      init: options.init as string | undefined,
      radius: options.radius as number | undefined,
      seed: options.seed as number,
      json: options.json as boolean,
    });
  });
}

function addReport(program: Command): void {
  command(program, 'report', 'write the HTML report of a run anew')
    .argument('<run>', 'folder of a run')
    .optionsGroup('Report:')
    .option('--out <file>', 'another place for it')
    .action(async (run: string, { out, json }: Flags) => {
      const { report } = await import('./commands/report.js');
      await report({ run, out: out as string | undefined, json: json as boolean });
    });
}

function addBench(program: Command, signal: AbortSignal): void {
  command(
    program,
    'bench',
    'compare with other libraries on this machine: time, memory and error of loss and gradients',
  )
    .optionsGroup('Comparison:')
    .option('--peers <names>', 'peers, separated by commas, such as tfjs-cpu,tfjs-wasm (default: all)', parseList)
    .option('--cases <names>', 'losses: cross, nt-xent, adnce (default: adnce)', parseList)
    .option('--pairs <numbers>', 'numbers of pairs (2 … 16384; default: 256,1024)', (text) =>
      parseList(text).map(parseNumber),
    )
    .option('--dimension <number>', 'length of an embedding (1 … 65536)', parseNumber)
    .option('--repeats <number>', 'least number of measurements of each (1 … 1000; default: 5)', parseNumber)
    .option('--out <file>', 'write all measurements as JSON')
    .action(async ({ peers, cases, pairs, dimension, repeats, out, json }: Flags) => {
      const { bench } = await import('./commands/bench.js');
      await bench({
        peers: peers as string[] | undefined,
        cases: cases as string[] | undefined,
        pairs: pairs as number[] | undefined,
        dimension: dimension as number | undefined,
        repeats: repeats as number | undefined,
        out: out as string | undefined,
        json: json as boolean,
        signal,
      });
    });
}

function parseList(text: string): string[] {
  return text.split(',').filter((name) => name !== '');
}

function addVerify(program: Command): void {
  command(program, 'verify', 'run golden cases through the core of this machine')
    .argument('<file>', 'golden vectors as JSON')
    .action(async (file: string, { json }: Flags) => {
      const { verify } = await import('./commands/verify.js');
      await verify({ file, json: json as boolean });
    });
}

function addDoctor(program: Command): void {
  command(program, 'doctor', 'what this runtime offers, and which build of the core is used').action(
    async ({ json }: Flags) => {
      const { doctor } = await import('./commands/doctor.js');
      await doctor({ json: json as boolean });
    },
  );
}
