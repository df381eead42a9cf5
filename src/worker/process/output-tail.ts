import type { Readable } from 'node:stream';

const toldLines = 3;
/** What has no line breaks is cut, so that nothing a process prints can fill the memory. */
const longestLine = 300;

/** Neither stack traces nor Node's farewell tell a reader why a process ended; they would be all that is left to see. */
const tellsNothing = /^\s*(at |\^|\d+: |-----|Node\.js v\d|$)/;

/** Captures what a process prints: it keeps the last lines that tell something, and hands each on as it comes. */
export class OutputTail {
  readonly #onLine: (line: string) => void;
  readonly #lines: string[] = [];

  /** @param onLine told of each line, without control characters */
  constructor(onLine: (line: string) => void = () => {}) {
    this.#onLine = onLine;
  }

  /** Captures one of the process's outputs, to its end. */
  capture(stream: Readable): void {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) this.#add(line);
      if (rest.length <= longestLine) return;
      this.#add(rest);
      rest = '';
    });
    stream.on('end', () => {
      if (rest !== '') this.#add(rest);
    });
  }

  /** ` (it last printed: …)`, or nothing of a process that printed nothing. */
  describe(): string {
    return this.#lines.length === 0 ? '' : ` (it last printed: ${this.#lines.join(' | ')})`;
  }

  #add(text: string): void {
    const line = text.slice(0, longestLine).replaceAll(/\p{Cc}/gu, '');
    this.#onLine(line);
    if (tellsNothing.test(line)) return;
    this.#lines.push(line.trim());
    if (this.#lines.length > toldLines) this.#lines.shift();
  }
}
