/** How fast the parts of an encoder learn. */
import type { Module } from '../nn/index.js';
import type { ParameterGroup } from '../optim/index.js';
import { SparseParameter } from '../tensor/index.js';

/** Share of the learning rate that dense layers take. */
const DENSE_SHARE = 0.1;

/** Tables learn at the full rate, since few pairs move each of their rows; dense layers at a tenth of it. */
export function groupsOf(module: Module, lr: number): ParameterGroup[] {
  const parameters = module.parameters();
  const tables = parameters.filter((parameter) => parameter instanceof SparseParameter);
  const dense = parameters.filter((parameter) => !(parameter instanceof SparseParameter));
  return [
    { params: tables, lr },
    { params: dense, lr: lr * DENSE_SHARE },
  ].filter(({ params }) => params.length > 0);
}
