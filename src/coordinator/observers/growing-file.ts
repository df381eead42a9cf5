import type { FileHandle } from 'node:fs/promises';

/** More than that waits for a disk only if the disk hangs. */
const maximumWaitingBytes = 64 * 2 ** 20;
/** Texts pass through one buffer: to allocate one for each would bring on collections of garbage while the run trains. */
const bufferBytes = 2 ** 20;

/**
 * A file that grows while nobody waits for it. After the first failure nothing more is written, and what is appended is thrown
 * away.
 */
export class GrowingFile {
  readonly #file: Promise<FileHandle>;
  readonly #onFailure: (error: unknown) => void;
  readonly #encoder = new TextEncoder();
  readonly #buffer = new Uint8Array(bufferBytes);
  #waiting: (string | Uint8Array)[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #failed = false;

  /**
   * @param file open for writing, or about to be
   * @param onFailure told once, of what cannot be opened or written
   */
  constructor(file: Promise<FileHandle>, onFailure: (error: unknown) => void) {
    this.#file = file;
    this.#onFailure = onFailure;
    file.catch((error: unknown) => this.#fail(error));
  }

  append(content: string | Uint8Array): void {
    if (this.#failed) return;
    this.#waiting.push(content);
    this.#waitingBytes += content.length;
    if (this.#waitingBytes > maximumWaitingBytes) {
      this.#fail(new Error(`the disk does not take ${maximumWaitingBytes} bytes in time`));
      return;
    }
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when everything is written, or cannot be, and the file is closed. */
  async close(): Promise<void> {
    await this.#writing;
    try {
      await (await this.#file).close();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #writeAll(): Promise<void> {
    try {
      const file = await this.#file;
      while (this.#waiting.length > 0) {
        const contents = this.#waiting;
        this.#waiting = [];
        for (const content of contents) {
          if (typeof content === 'string') await this.#writeText(file, content);
          else await file.writeFile(content);
          this.#waitingBytes -= content.length;
        }
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#writing = undefined;
    }
  }

  async #writeText(file: FileHandle, text: string): Promise<void> {
    let rest = text;
    while (rest.length > 0) {
      const { read, written } = this.#encoder.encodeInto(rest, this.#buffer);
      await file.writeFile(this.#buffer.subarray(0, written));
      rest = rest.slice(read);
    }
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#waiting = [];
    this.#onFailure(error);
  }
}
