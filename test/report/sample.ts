/** A made-up run with every part of a report. */
import type { ReportData } from '../../src/report/index.js';

const BINS = 40;
const edges = Array.from({ length: BINS + 1 }, (_, i) => -1 + (2 * i) / BINS);
const centres = Array.from({ length: BINS }, (_, i) => -1 + (2 * i + 1) / BINS);
const bell = (mean: number, width: number, total: number) =>
  centres.map((x) => Math.round(total * Math.exp(-((x - mean) ** 2) / (2 * width * width))));

function weights(): NonNullable<ReportData['weights']> {
  const [temperature, mu, sigma] = [0.07, 0.4, 1];
  const score = Array.from({ length: 101 }, (_, i) => -1 + i / 50);
  const scoreDensity = score.map((s) => Math.exp(-((s - 0.05) ** 2) / (2 * 0.12 ** 2)));
  const total = scoreDensity.reduce((sum, d) => sum + d, 0);
  const normalised = (raw: number[]) => {
    const mean = raw.reduce((sum, w, i) => sum + w * (scoreDensity[i] as number), 0) / total;
    return raw.map((w) => w / mean);
  };
  const infonce = normalised(score.map((s) => Math.exp(s / temperature)));
  const bell = normalised(score.map((s) => Math.exp(-((s - mu) ** 2) / (2 * sigma * sigma))));
  return {
    layout: 'sentence',
    temperature,
    score,
    curves: [
      { name: 'InfoNCE (KL)', role: 'compared', weight: infonce },
      {
        name: 'ADNCE, μ = 0.4, σ = 1',
        role: 'own',
        weight: normalised(infonce.map((w, i) => w * (bell[i] as number))),
      },
      { name: 'χ²', role: 'other', weight: normalised(score.map((s) => Math.max(0, 1 + (s - 0.1) / temperature))) },
      { name: 'CVaR, hardest 10%', role: 'other', weight: normalised(score.map((s) => (s > 0.2 ? 10 : 0))) },
    ],
    bell: { mu, sigma, weight: bell },
    scoreDensity,
  };
}

/** Six validations whose radius rises. */
function robust(): NonNullable<ReportData['robust']> {
  return [0, 84, 168, 252, 336, 420].map((step, i) => ({
    step,
    temperature: 0.07,
    mu: 0.4,
    sigma: 1,
    radius: 0.4 + 0.3 * i,
    effectiveSampleSize: 4000 / (i + 1),
    negatives: 8191,
    positiveMean: 0.25 + 0.09 * i,
    negativeVariance: 0.02 - 0.002 * i,
  }));
}

export function sampleRun(): ReportData {
  const steps = 420;
  const noise = (i: number) => Math.sin(i * 12.9898) * Math.cos(i * 78.233);
  return {
    name: 'wordnet-adnce',
    created: '2026-03-05T14:02:11Z',
    version: '0.1.0',
    summary: { pairs: 84_213, examplesPerSecond: 31_450, seconds: 13.4, parameters: 8_421_376, steps },
    settings: {
      seed: 0,
      data: { name: 'WordNet 3.1', holdOut: 0.02, split: 'anchor' },
      features: { tokenizer: 'segmenter', buckets: 65536, ngrams: [3, 4, 5], words: true, longestWord: null },
      model: { dimension: 128, hidden: 256, residual: true },
      train: {
        loss: 'adnce',
        layout: 'sentence',
        temperature: 0.07,
        mu: 0.4,
        sigma: 1,
        epochs: 5,
        batchSize: 1024,
        learningRate: 0.005,
        warmup: 0.05,
        schedule: 'cosine',
        weightDecay: 0,
      },
    },
    loss: Array.from({ length: steps }, (_, i) => ({
      step: i + 1,
      loss: 2.1 + 4.8 * Math.exp(-i / 70) + 0.25 * noise(i),
      learningRate:
        0.005 * Math.min((i + 1) / 21, 0.5 * (1 + Math.cos((Math.PI * Math.max(0, i - 21)) / (steps - 21)))),
      gradNorm: 0.8 * Math.exp(-i / 150) + 0.08 * Math.abs(noise(i + 5)),
    })),
    validation: [0, 84, 168, 252, 336, 420].map((step, i) => ({
      step,
      metrics: {
        'recall@1': [0.041, 0.22, 0.29, 0.34, 0.36, 0.372][i] as number,
        MRR: [0.07, 0.3, 0.39, 0.44, 0.47, 0.481][i] as number,
      },
    })),
    histograms: [0, 84, 168, 252, 336, 420].map((step, i) => ({
      step,
      positive: bell(0.25 + 0.09 * i, 0.2 - 0.008 * i, 2000),
      negative: bell(0.18 - 0.03 * i, 0.14 - 0.004 * i, 90_000),
      edges,
    })),
    weights: weights(),
    robust: robust(),
    suspects: {
      anchors: 512,
      total: 740,
      negatives: 233_000,
      floor: 0.61,
      pairs: [
        {
          anchor: 'canary: a small yellow songbird',
          ownPositive: 'finch: any of numerous small songbirds',
          candidate: 'songbird: any bird having a musical call',
          score: 0.84,
          positive: 0.79,
          weight: 412.3,
        },
      ],
    },
    retrieval: {
      rows: [
        {
          name: 'untrained',
          metrics: { 'recall@1': 0.041, 'recall@10': 0.103, MRR: 0.07, 'nDCG@10': 0.08, meanRank: 18211.4 },
        },
        {
          name: 'trained',
          metrics: { 'recall@1': 0.372, 'recall@10': 0.683, MRR: 0.481, 'nDCG@10': 0.525, meanRank: 214.9 },
        },
        {
          name: 'BM25',
          metrics: { 'recall@1': 0.291, 'recall@10': 0.442, MRR: 0.344, 'nDCG@10': 0.366, meanRank: 9120 },
        },
        {
          name: 'TF-IDF',
          metrics: { 'recall@1': 0.268, 'recall@10': 0.437, MRR: 0.327, 'nDCG@10': 0.35, meanRank: 9133 },
        },
      ],
      candidates: 82_115,
      queries: 2000,
      note: 'Held out by anchor: no synset of a query was seen in training.',
    },
    sts: [
      { name: 'STS-B test', spearman: 0.6712 },
      { name: 'STS15 all', spearman: 0.7033 },
      { name: 'constant', spearman: null },
    ],
    searches: [
      {
        query: 'a place where you borrow books',
        results: [
          { text: 'library: a building that houses a collection of books and other materials', score: 0.81 },
          {
            text: 'lending library, circulating library: library that provides books for use outside the building',
            score: 0.78,
          },
          { text: 'bookstall: a shop where books are sold', score: 0.61 },
        ],
      },
      {
        query: 'small yellow bird that sings',
        results: [
          { text: 'canary, canary bird: any of several small Old World finches', score: 0.74 },
          { text: 'goldfinch, Carduelis carduelis: small European finch having a crimson face', score: 0.7 },
          { text: 'warbler: a small active songbird', score: 0.66 },
        ],
      },
      { query: '日本語の質問 👩‍🚀', results: [{ text: 'Nihon, Nippon, Japan', score: -0.02 }] },
      { query: 'nothing like it', results: [] },
    ],
    environment: { runtime: 'Node 20.11.0', build: 'simd', threads: 1, cpu: 'AMD EPYC 7763 64-Core Processor' },
    command:
      'adnce train --loss adnce --temperature 0.07 --mu 0.4 --sigma 1 --epochs 5 --seed 0 --out runs/wordnet-adnce',
  };
}
