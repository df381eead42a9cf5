import { createHash } from 'node:crypto';
import { decodeSafetensors } from '../../src/coordinator/safetensors/reader.ts';
import { encodeSafetensors, type NamedTensor } from '../../src/coordinator/safetensors/writer.ts';

type Metadata = Record<string, string>;

/** The checkpoint with other metadata or tensors, and the hash that belongs to them. */
export function forgeCheckpoint(
  whole: Uint8Array,
  changes: {
    metadata?: (metadata: Metadata) => Metadata;
    tensors?: (tensors: NamedTensor[]) => NamedTensor[];
  },
): Uint8Array {
  const file = decodeSafetensors(whole, 'whole');
  const tensors = [...file.tensors].map(([name, { shape, bytes }]) => ({
    name,
    shape,
    data: new Float32Array(Uint8Array.from(bytes).buffer),
  }));
  const metadata = Object.fromEntries(file.metadata);
  return sealCheckpoint(changes.tensors?.(tensors) ?? tensors, changes.metadata?.(metadata) ?? metadata);
}

/** A file with the right hash over whatever it holds. */
export function sealCheckpoint(tensors: NamedTensor[], metadata: Metadata): Uint8Array {
  const { sha256: _, ...rest } = metadata;
  const bytes = encodeSafetensors(tensors, { sha256: '0'.repeat(64), ...rest });
  const hash = createHash('sha256').update(bytes).digest('hex');
  bytes.set(new TextEncoder().encode(hash), 8 + '{"__metadata__":{"sha256":"'.length);
  return bytes;
}

/** Replaces a text in one value of the metadata. */
export function editMetadata(whole: Uint8Array, key: string, from: string | RegExp, to: string): Uint8Array {
  return forgeCheckpoint(whole, {
    metadata: (metadata) => {
      const edited = (metadata[key] as string).replace(from, to);
      if (edited === metadata[key]) throw new Error(`${key} does not hold ${from}`);
      return { ...metadata, [key]: edited };
    },
  });
}

/** Sets the fourth value of one tensor. */
export function poisonTensor(whole: Uint8Array, tensor: string, value: number): Uint8Array {
  return forgeCheckpoint(whole, {
    tensors: (tensors) => {
      tensors.find(({ name }) => name === tensor)?.data.fill(value, 3, 4);
      return tensors;
    },
  });
}
