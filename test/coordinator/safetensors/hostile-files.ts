/** Builds safetensors files that `encodeSafetensors` would not. */

/** A file with this header, which need not be valid, and `data`. */
export function fileWith(header: string | Uint8Array, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const headerBytes = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  return fileWithLength(BigInt(headerBytes.length), headerBytes, data);
}

/** A file whose length field says `length`, whatever follows it. */
export function fileWithLength(length: bigint, header: Uint8Array, data: Uint8Array): Uint8Array {
  const file = new Uint8Array(8 + header.length + data.length);
  new DataView(file.buffer).setBigUint64(0, length, true);
  file.set(header, 8);
  file.set(data, 8 + header.length);
  return file;
}

/** A header with one tensor "test" of dtype I32. */
export function oneTensor(shape: string, offsets: string): string {
  return `{"test":{"dtype":"I32","shape":${shape},"data_offsets":${offsets}}}`;
}
