/** Sixty-four pairs of texts without a common word, and small encoders for them. */
import { TextFeatures, type TextPairs } from '../../src/data/index.js';
import { BagEncoder, type EncoderOptions } from '../../src/train/index.js';

const COLOURS = ['red', 'green', 'blue', 'white', 'black', 'brown', 'pink', 'grey'];
const THINGS = ['car', 'house', 'bird', 'tree', 'shoe', 'door', 'cup', 'hat'];

/** Every colour and thing, said in two ways. */
export const PAIRS: TextPairs = {
  kind: 'text',
  name: 'colours',
  anchors: COLOURS.flatMap((colour) => THINGS.map((thing) => `${colour} ${thing}`)),
  positives: COLOURS.flatMap((colour) => THINGS.map((thing) => `${colour.toUpperCase()}ISH ${thing}like`)),
};

export function makeEncoder(options: Partial<EncoderOptions> = {}, seed = 5): BagEncoder {
  const features = TextFeatures.fit([...PAIRS.anchors, ...PAIRS.positives], { minCount: 1, ngramWords: 'none' });
  return new BagEncoder(features, { dimension: 16, ...options }, seed);
}
