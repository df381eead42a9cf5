/** Gradients, or parameters, by PyTorch name. */
export type Tensors = Readonly<Record<string, Float64Array>>;

/** @throws RangeError where there is none of this name */
export function tensorOf(tensors: Tensors, name: string): Float64Array {
  const values = tensors[name];
  if (values === undefined) throw new RangeError(`no tensor ${name}`);
  return values;
}
