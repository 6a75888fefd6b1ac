/** The ONNX writer: the bytes of the format, and a graph of them, run by an interpreter of the tests. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Graph, real } from '../../../src/interop/onnx/graph.js';
import { bytes, float, integer, join, message, text, varint } from '../../../src/interop/onnx/protobuf.js';
import { fieldsOf, readModel, runModel } from '../../support/onnx-model.js';

describe('Protocol Buffers', () => {
  // The examples of the format's own documentation.
  it.each([
    ['varint 150', Uint8Array.from(varint(150)), [0x96, 0x01]],
    ['varint −2', Uint8Array.from(varint(-2)), [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['integer 1 = 150', join([integer(1, 150)]), [0x08, 0x96, 0x01]],
    ['text 2 = "testing"', join([text(2, 'testing')]), [0x12, 0x07, ...new TextEncoder().encode('testing')]],
    ['message 3 { 1: 150 }', join([message(3, [integer(1, 150)])]), [0x1a, 0x03, 0x08, 0x96, 0x01]],
    ['float 2 = 0.5', join([float(2, 0.5)]), [0x15, 0, 0, 0, 0x3f]],
    ['field 20', join([integer(20, 1)]), [0xa0, 0x01, 0x01]],
    ['empty bytes', join([bytes(9, new Uint8Array(0))]), [0x4a, 0]],
  ])('writes %s', (_, got, want) => {
    expect([...got]).toEqual(want);
  });

  it('is read back, whatever the fields', () => {
    const field = fc.record({
      number: fc.integer({ min: 1, max: 2000 }),
      value: fc.bigInt({ min: 0n, max: 2n ** 63n }),
    });
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        expect(fieldsOf(join(fields.map(({ number, value }) => integer(number, value))))).toEqual(fields);
      }),
    );
  });
});

describe('a graph', () => {
  it('has its nodes in order, attributes by type, and every constant once', () => {
    const graph = new Graph();
    const x = graph.input('x', [2, 3]);
    const y = graph.op('Gemm', [x, x, graph.scalar(0.25)], { alpha: real(2), transB: 1 });
    graph.output('y', [2, 2], graph.op('Add', [y, graph.scalar(0.25)]));
    const model = readModel(graph.encode());
    expect(model.irVersion).toBe(8);
    expect(model.opset).toBe(17);
    expect(model.nodes.map(({ type }) => type)).toEqual(['Gemm', 'Add', 'Identity']);
    expect(model.nodes[0]?.attributes).toEqual({ alpha: 2, transB: 1 });
    expect([...model.constants.values()]).toEqual([0.25]);
    expect(model.inputs).toEqual({ x: [2, 3] });
    expect(model.outputs).toEqual({ y: [2, 2] });
    const result = runModel(model, { x: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect([...(result.y?.data ?? [])]).toEqual([28.5, 64.5, 64.5, 154.5]);
  });
});
