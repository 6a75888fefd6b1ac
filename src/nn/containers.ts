/** Modules made of modules. */
import { add, type Tensor } from '../tensor/index.js';
import { type Layer, Module } from './module.js';

/** Layers one after the other, named 0, 1, 2 …; the first may take something else than a tensor. */
export class Sequential<Input = Tensor> extends Module {
  readonly #first: Layer<Input>;
  readonly #rest: readonly Layer[];

  constructor(first: Layer<Input>, ...rest: readonly Layer[]) {
    super();
    [first, ...rest].forEach((layer, i) => {
      this.own(String(i), layer);
    });
    this.#first = first;
    this.#rest = rest;
  }

  forward(input: Input): Tensor {
    return this.#rest.reduce((x, layer) => layer.forward(x), this.#first.forward(input));
  }
}

/** x + body(x) (He et al., 2016); the body must keep the shape. */
export class Residual extends Module {
  readonly body: Layer;

  constructor(body: Layer) {
    super();
    this.body = this.own('body', body);
  }

  /** @throws E_SHAPE when the body changes the shape */
  forward(x: Tensor): Tensor {
    return add(x, this.body.forward(x));
  }
}
