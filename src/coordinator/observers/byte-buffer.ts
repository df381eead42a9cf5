const initialBytes = 2 ** 16;
/** Below it, integers divided by ten are rounded to the right side of the next whole number. */
const integerLimit = 2 ** 50;

/**
 * Bytes that come together piece by piece, in memory that is used again. Ten thousand pieces a second leave no garbage behind,
 * whose collection would take the workers' cores.
 */
export class ByteBuffer {
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(initialBytes);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was appended since it was last cleared; not a copy, so only until the next call. */
  get contents(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  append(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** As UTF-8. */
  appendText(text: string): void {
    // A code unit takes three bytes at most.
    this.#makeRoom(3 * text.length);
    const bytes = this.#bytes;
    const start = this.#length;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) {
        this.#length += this.#encoder.encodeInto(text, bytes.subarray(start)).written;
        return;
      }
      bytes[start + index] = code;
    }
    this.#length += text.length;
  }

  /** In decimal; what is no integer from 0 to 2^50 as JavaScript prints it. */
  appendNumber(value: number): void {
    if (!(Number.isInteger(value) && value >= 0 && value < integerLimit)) {
      this.appendText(String(value));
      return;
    }
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits++;
    this.#makeRoom(digits);
    this.#length += digits;
    let rest = value;
    for (let place = 1; place <= digits; place++) {
      const tens = Math.floor(rest / 10);
      this.#bytes[this.#length - place] = 0x30 + rest - 10 * tens;
      rest = tens;
    }
  }

  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.contents);
    this.#bytes = grown;
  }
}
