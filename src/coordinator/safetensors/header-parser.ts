import { damagedFile, isElementType, metadataKey, quoted, type TensorEntry } from './format.ts';

export interface Header {
  metadata: ReadonlyMap<string, string>;
  /** In the order of the file; their offsets are not checked yet. */
  tensors: readonly TensorEntry[];
}

/**
 * Parses the header's text by the format's own grammar, which is narrower than JSON.
 *
 * `JSON.parse` would not do: it drops duplicate keys, rounds integers above 2^53, takes 1e2 and -0 for integers, and needs
 * many times the memory of a deeply nested text before anybody can refuse it.
 * @param source name of the file, for the error
 * @throws DataError at the first deviation
 */
export function parseHeader(text: string, source: string): Header {
  return new HeaderParser(text, source).parse();
}

class HeaderParser {
  readonly #text: string;
  readonly #source: string;
  #position = 0;

  constructor(text: string, source: string) {
    this.#text = text;
    this.#source = source;
  }

  parse(): Header {
    if (!this.#text.startsWith('{')) this.#fail('a header that starts with "{"');
    let metadata: Map<string, string> | undefined;
    const tensors: TensorEntry[] = [];
    this.#object((key) => {
      if (key === metadataKey) metadata = this.#metadata();
      else tensors.push(this.#tensor(key));
    });
    this.#skipWhitespace();
    if (this.#position < this.#text.length) this.#fail('the end of the header');
    return { metadata: metadata ?? new Map(), tensors };
  }

  #metadata(): Map<string, string> {
    const metadata = new Map<string, string>();
    this.#object((key) => metadata.set(key, this.#string()));
    return metadata;
  }

  #tensor(name: string): TensorEntry {
    let elementType: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    this.#object((key) => {
      if (key === 'dtype') elementType = this.#string();
      else if (key === 'shape') shape = this.#integers();
      else if (key === 'data_offsets') offsets = this.#integers();
      else throw damagedFile(this.#source, `tensor ${quoted(name)} has an unknown field ${quoted(key)}`);
    });
    if (elementType === undefined || shape === undefined || offsets === undefined) {
      throw damagedFile(this.#source, `tensor ${quoted(name)} must have dtype, shape and data_offsets`);
    }
    if (!isElementType(elementType)) {
      throw damagedFile(this.#source, `tensor ${quoted(name)} has the unknown dtype ${quoted(elementType)}`);
    }
    const [begin, end] = offsets;
    if (begin === undefined || end === undefined || offsets.length > 2) {
      throw damagedFile(
        this.#source,
        `tensor ${quoted(name)} must have two data_offsets, got ${offsets.length}`,
      );
    }
    return { name, elementType, shape, begin, end };
  }

  #object(readValue: (key: string) => void): void {
    this.#expect('{');
    if (this.#take('}')) return;
    const keys = new Set<string>();
    do {
      const key = this.#string();
      if (keys.has(key)) throw damagedFile(this.#source, `duplicate key ${quoted(key)} in the header`);
      keys.add(key);
      this.#expect(':');
      readValue(key);
    } while (this.#take(','));
    this.#expect('}');
  }

  #integers(): number[] {
    this.#expect('[');
    const integers: number[] = [];
    if (this.#take(']')) return integers;
    do integers.push(this.#integer());
    while (this.#take(','));
    this.#expect(']');
    return integers;
  }

  #integer(): number {
    this.#skipWhitespace();
    const digits = /(?:0|[1-9][0-9]*)/y;
    digits.lastIndex = this.#position;
    const match = digits.exec(this.#text);
    if (match === null) this.#fail('a non-negative integer');
    const value = Number(match[0]);
    if (!Number.isSafeInteger(value)) this.#fail('an integer of at most 2^53 - 1');
    this.#position = digits.lastIndex;
    return value;
  }

  #string(): string {
    this.#skipWhitespace();
    const start = this.#position;
    if (this.#text[start] !== '"') this.#fail('a string');
    let end = start;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) this.#fail('a string that ends');
    } while (this.#isEscaped(end));
    let value: string;
    try {
      value = JSON.parse(this.#text.slice(start, end + 1));
    } catch {
      this.#fail('a valid JSON string');
    }
    if (!value.isWellFormed()) this.#fail('a string without lone surrogates');
    this.#position = end + 1;
    return value;
  }

  /** A character is escaped by an odd number of backslashes before it. */
  #isEscaped(position: number): boolean {
    let first = position;
    while (this.#text[first - 1] === '\\') first--;
    return (position - first) % 2 === 1;
  }

  #take(character: string): boolean {
    this.#skipWhitespace();
    if (this.#text[this.#position] !== character) return false;
    this.#position++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) this.#fail(`"${character}"`);
  }

  #skipWhitespace(): void {
    const whitespace = /[ \t\n\r]*/y;
    whitespace.lastIndex = this.#position;
    whitespace.test(this.#text);
    this.#position = whitespace.lastIndex;
  }

  #fail(expected: string): never {
    const found = JSON.stringify(this.#text.slice(this.#position, this.#position + 20));
    throw damagedFile(this.#source, `header position ${this.#position}: expected ${expected}, got ${found}`);
  }
}
