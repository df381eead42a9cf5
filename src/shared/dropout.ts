import { layers } from './model.ts';
import { philox4x32, purposes } from './random.ts';

/** A dense layer of which features may be dropped. */
export interface DroppedLayer {
  /** As in the table of layers. */
  name: string;
  features: number;
  /** Number of the first of its blocks of four draws: it tells the layers apart. */
  firstBlock: number;
}

/** The hidden dense layers, C5 and F6. */
export const droppedLayers: readonly DroppedLayer[] = listDroppedLayers();

/**
 * Draws which features of a layer are kept, each as a function of (seed, epoch, sample, feature): to the bit what the kernels draw
 * for the same.
 * @param probability with which a feature is dropped, 0 to below 1; rounded to single precision
 * @param seed integer, 0 to 2^53 - 1
 * @param samples uint32[n]: positions in the data set
 * @returns float32[n, features]: 0, or 1 / (1 - probability), so that the mean stays
 */
export function drawKeptFeatures(
  { features, firstBlock }: DroppedLayer,
  probability: number,
  seed: number,
  epoch: number,
  samples: Uint32Array,
): Float32Array {
  const dropped = Math.fround(probability);
  const threshold = Math.floor(dropped * 2 ** 32);
  const multiplier = 1 / Math.fround(1 - dropped);
  const keyHigh = Math.floor(seed / 2 ** 32);
  const words = new Uint32Array(4);
  const kept = new Float32Array(samples.length * features);
  for (const [index, sample] of samples.entries()) {
    for (let feature = 0; feature < features; feature++) {
      if (feature % 4 === 0) {
        philox4x32(firstBlock + feature / 4, sample, epoch, purposes.dropout, seed >>> 0, keyHigh, words);
      }
      kept[index * features + feature] = (words[feature % 4] as number) < threshold ? 0 : multiplier;
    }
  }
  return kept;
}

function listDroppedLayers(): DroppedLayer[] {
  let blocks = 0;
  return layers
    .filter((layer) => layer.kind === 'dense')
    .filter(({ activation }) => activation !== 'none')
    .map(({ name, outputs: features }) => {
      const firstBlock = blocks;
      blocks += Math.ceil(features / 4);
      return { name, features, firstBlock };
    });
}
