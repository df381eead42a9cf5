import { type DroppedLayer, drawKeptFeatures, droppedLayers } from '../../src/shared/dropout.ts';

/** What is drawn for each of the samples, as the float64 reference takes it. */
export function keptFeatures(probability: number, seed: number, epoch: number, samples: readonly number[]) {
  const [c5, f6] = droppedLayers as [DroppedLayer, DroppedLayer];
  const draw = (layer: DroppedLayer, sample: number) =>
    Float64Array.from(drawKeptFeatures(layer, probability, seed, epoch, Uint32Array.of(sample)));
  return samples.map((sample) => ({ c5: draw(c5, sample), f6: draw(f6, sample) }));
}
