import { elementBytes, headerAlignment, lengthFieldBytes, metadataKey } from './format.ts';

export interface NamedTensor {
  name: string;
  shape: readonly number[];
  /** Row-major; may lie in shared memory. */
  data: Float32Array;
}

/**
 * Encodes float32 tensors as a safetensors file. The data are copied, so that what is written later is what they were now.
 * The same arguments give the same bytes.
 * @throws RangeError if a name is taken twice or reserved, or if a shape and its data do not fit
 */
export function encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const headerText = encodeHeader(tensors, metadata);
  const header = new TextEncoder().encode(headerText);
  const headerLength = Math.ceil(header.length / headerAlignment) * headerAlignment;
  const dataLength = tensors.reduce((sum, tensor) => sum + tensor.data.byteLength, 0);

  const file = new Uint8Array(lengthFieldBytes + headerLength + dataLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, lengthFieldBytes, lengthFieldBytes + headerLength);
  file.set(header, lengthFieldBytes);
  let position = lengthFieldBytes + headerLength;
  for (const { data } of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return file;
}

function encodeHeader(tensors: readonly NamedTensor[], metadata: Readonly<Record<string, string>>): string {
  const entries: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) entries.push([metadataKey, metadata]);
  const names = new Set([metadataKey]);
  let begin = 0;
  for (const { name, shape, data } of tensors) {
    if (names.has(name)) throw new RangeError(`tensor name "${name}" is reserved or taken`);
    names.add(name);
    const elements = shape.reduce((product, size) => product * size, 1);
    if (elements !== data.length) {
      throw new RangeError(`tensor "${name}" of shape [${shape.join(', ')}] has ${data.length} values`);
    }
    const end = begin + elements * elementBytes.F32;
    entries.push([name, { dtype: 'F32', shape, data_offsets: [begin, end] }]);
    begin = end;
  }
  // fromEntries defines own properties, whatever their names: "__proto__" too.
  return JSON.stringify(Object.fromEntries(entries));
}
