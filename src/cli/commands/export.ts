/** `adnce export`: the encoder of a run as a model that other programs run. */
import { writeFileAtomic } from '../../checkpoint/node.js';
import { encoderToOnnx } from '../../interop/onnx/index.js';
import { whole } from '../../report/format.js';
import { openRun } from '../session/open.js';
import { answer, type Output, say } from '../terminal.js';

export interface ExportCommand extends Output {
  run: string;
  onnx: string;
}

/** @throws what run and disk can give; E_OPTION an encoder too large for one file */
export async function exportRun({ run, onnx, json }: ExportCommand): Promise<void> {
  const { encoder } = await openRun(run);
  const model = encoderToOnnx(encoder.module);
  await writeFileAtomic(onnx, [model]);
  const inputs = 'features' in encoder.module ? ['input_ids', 'attention_mask'] : ['vectors'];
  say(
    { json },
    `${inputs.join(', ')} → embeddings of length ${encoder.dimension}, ${whole(model.length)} bytes → ${onnx}`,
  );
  answer({ json }, { onnx, inputs, output: 'embeddings', dimension: encoder.dimension, bytes: model.length });
}
