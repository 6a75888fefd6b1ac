/** Runs that left little, or odd numbers. */
import type { ReportData } from '../../src/report/index.js';

/** The parts that no run lacks. */
export const MINIMAL: ReportData = { name: 'small', created: '2026-03-05T14:02:11Z', version: '0.1.0' };

/** Data at the edge of what a run can leave. */
export const EDGE_CASES: Record<string, ReportData> = {
  'nothing but a name': MINIMAL,
  'empty parts': {
    ...MINIMAL,
    summary: {},
    settings: {},
    loss: [],
    validation: [],
    histograms: [],
    sts: [],
    searches: [],
    retrieval: { rows: [], candidates: 0, queries: 0 },
    weights: { layout: '', temperature: 1, score: [], curves: [] },
    robust: [],
    suspects: { anchors: 0, total: 0, negatives: 0, floor: 0, pairs: [] },
  },
  'one step': { ...MINIMAL, loss: [{ step: 7, loss: 2.5, learningRate: 3e-7, gradNorm: 0 }] },
  'one histogram of one bin': { ...MINIMAL, histograms: [{ step: 0, positive: [3], negative: [0], edges: [-1, 1] }] },
  'histograms without a pair': { ...MINIMAL, histograms: [{ step: 0, positive: [0], negative: [0], edges: [-1, 1] }] },
  'no finite loss': {
    ...MINIMAL,
    loss: [
      { step: 1, loss: null, learningRate: Number.NaN, gradNorm: null },
      { step: 2, loss: Number.POSITIVE_INFINITY },
    ],
  },
  'no measured figure': {
    ...MINIMAL,
    summary: { pairs: Number.NaN, seconds: Number.POSITIVE_INFINITY },
    validation: [{ step: 1, metrics: { MRR: null, loss: Number.NaN } }],
    retrieval: { rows: [{ name: 'trained', metrics: { 'hit@1': null } }], candidates: 5, queries: 2 },
    sts: [{ name: 'STS-B', spearman: null }],
  },
  'a retrieval without metrics': {
    ...MINIMAL,
    retrieval: { rows: [{ name: 'trained', metrics: {} }], candidates: 5, queries: 2 },
  },
  'all contenders at zero': {
    ...MINIMAL,
    retrieval: {
      rows: [
        { name: 'trained', metrics: { MRR: 0 } },
        { name: 'BM25', metrics: { MRR: 0 } },
      ],
      candidates: 5,
      queries: 2,
    },
  },
  'weights without a number': {
    ...MINIMAL,
    weights: {
      layout: 'image',
      temperature: 0.1,
      score: [0, 0.5],
      curves: [
        { name: 'a', role: 'own', weight: [null, null] },
        { name: 'b', role: 'other', weight: [Number.NaN, null] },
      ],
      bell: { mu: 0, sigma: 1, weight: [null, null] },
      scoreDensity: [0, 0],
    },
  },
  'weights over a hundred powers of ten, some below zero': {
    ...MINIMAL,
    weights: {
      layout: 'image',
      temperature: 0.005,
      score: [-1, 0, 0.001, 1],
      curves: [
        { name: 'a', role: 'own', weight: [0, 0, 0, 4] },
        { name: 'b', role: 'compared', weight: [0, 1e-80, 1e-20, 1e80] },
        { name: 'c', role: 'other', weight: [-3, -1e9, 0, 1e300] },
      ],
      bell: { mu: 0.9, sigma: 0.01, weight: [0, 0, 0, 4] },
      scoreDensity: [0, 1, 0, 0],
    },
  },
  'more curves than looks, none of them the run’s own': {
    ...MINIMAL,
    weights: {
      layout: 'image',
      temperature: 0.1,
      score: [0, 1],
      curves: Array.from({ length: 9 }, (_, i) => ({
        name: `curve ${i}`,
        role: i === 0 ? 'compared' : 'other',
        weight: [1, i],
      })),
    },
  },
  'a robust view of an objective without temperature': {
    ...MINIMAL,
    robust: [
      {
        step: 3,
        temperature: null,
        mu: null,
        sigma: null,
        radius: null,
        effectiveSampleSize: Number.NaN,
        negatives: 1,
        positiveMean: 0.5,
        negativeVariance: 0,
      },
    ],
    suspects: { anchors: 2, total: 1, negatives: 2, floor: 0, pairs: [] },
  },
};
