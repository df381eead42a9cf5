import { type ModelOptions, referenceModel } from './model-options.ts';
import { type ParameterLayout, type ParameterTensor, parameterLayout } from './parameters.ts';
import { purposes, RandomStream } from './random.ts';

/** How initial values are drawn. */
export const initialSchemes = ['pytorch', 'glorot', 'he'] as const;
export type InitialScheme = (typeof initialSchemes)[number];

/**
 * Draws the parameters that a run starts from. The values differ from PyTorch's for the same seed: each is a function of (seed,
 * tensor, element) alone. All are uniform in [-bound, bound), with the bound
 * - `pytorch`: 1/√fanIn for weights and biases, PyTorch's default for convolutions and dense layers;
 * - `glorot`: √(6 / (fanIn + fanOut)) for weights (Glorot and Bengio 2010, equation 16), biases 0;
 * - `he`: √(6 / fanIn) for weights (He et al. 2015, equation 10, as a uniform distribution), biases 0.
 *
 * Of a batch normalization, scales and running variances are 1, shifts and running means 0.
 * @param seed integer, 0 to 2^53 - 1
 * @returns float32[parameterLayout(model).length]
 */
export function initialParameters(
  seed: number,
  scheme: InitialScheme = 'pytorch',
  model: Pick<ModelOptions, 'batchNorm'> = referenceModel,
): Float32Array {
  const layout: ParameterLayout = parameterLayout(model);
  const parameters = new Float32Array(layout.length);
  let stream = 0;
  for (const tensor of layout.tensors) {
    const { role, offset, length } = tensor;
    if (role === 'scale' || role === 'running variance') parameters.fill(1, offset, offset + length);
    if (role !== 'weight' && role !== 'bias') continue;
    const random = new RandomStream(seed, purposes.initialValues, stream++);
    const bound = boundOf(tensor, scheme);
    if (bound === 0) continue;
    for (let element = 0; element < length; element++) {
      parameters[offset + element] = bound * (2 * random.uniform(element) - 1);
    }
  }
  return parameters;
}

function boundOf({ role, fanIn, fanOut }: ParameterTensor, scheme: InitialScheme): number {
  if (scheme === 'pytorch') return 1 / Math.sqrt(fanIn);
  if (role === 'bias') return 0;
  return Math.sqrt(6 / (scheme === 'glorot' ? fanIn + fanOut : fanIn));
}
