import type { Tensor } from '../tensorflow.ts';

/** The tensors of a model on the device, by their PyTorch names, in the shapes of `DeviceLayout`. */
export type DeviceParameters = ReadonlyMap<string, Tensor>;

/** An operation that was carried out. All of its tensors, those of `backward` too, are the caller's to release. */
export interface Pass {
  output: Tensor;
  /** The chain rule, from the gradient of the output back. */
  backward(outputGradient: Tensor): Gradients;
}

/** Gradients of the sum of the samples' losses. */
interface Gradients {
  /** Of the input's shape; absent where nobody asks for it. */
  input?: Tensor;
  /** Of the operation's own parameters, by their names; in place of statistics, what feeds them. */
  parameters?: Readonly<Record<string, Tensor>>;
}

/** @throws RangeError for a name that the model does not have */
export function parameterOf(parameters: DeviceParameters, name: string): Tensor {
  const tensor = parameters.get(name);
  if (tensor === undefined) throw new RangeError(`no parameter ${name} on the device`);
  return tensor;
}
