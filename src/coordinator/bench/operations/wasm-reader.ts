/** Reads a WebAssembly binary from front to back (WebAssembly Core Specification 2.0, chapter 5). */
export class WasmReader {
  readonly bytes: Uint8Array;
  position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  get isAtEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.position++];
    if (byte === undefined) throw new RangeError('the WebAssembly binary ends too early');
    return byte;
  }

  /** An unsigned integer of up to 32 bits, LEB128. */
  unsigned(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  /** Passes over integers of any width and sign. */
  skipIntegers(count: number): void {
    for (let left = count; left > 0; left--) while (this.byte() >= 128);
  }

  skip(bytes: number): void {
    this.position += bytes;
  }

  /** The next `length` bytes. */
  take(length: number): Uint8Array {
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }
}

/** LEB128. @param value an integer from 0 to 2^32 - 1 */
export function encodeUnsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...encodeUnsigned(Math.floor(value / 128))];
}
