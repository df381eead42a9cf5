import type { FileHandle } from 'node:fs/promises';
import { ByteBuffer } from './byte-buffer.ts';

/** More than that waits for a disk only if the disk hangs. */
const maximumWaitingBytes = 64 * 2 ** 20;

/**
 * A file that grows while nobody waits for it. After the first failure nothing more is written, and what is appended is thrown
 * away.
 */
export class GrowingFile {
  readonly #file: Promise<FileHandle>;
  readonly #onFailure: (error: unknown) => void;
  /** One fills while the other is written. */
  #filling = new ByteBuffer();
  #spare = new ByteBuffer();
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

  /** @param content copied, so that its memory can be used again */
  append(content: string | Uint8Array): void {
    if (this.#failed) return;
    if (typeof content === 'string') this.#filling.appendText(content);
    else this.#filling.append(content);
    if (this.#filling.length > maximumWaitingBytes) {
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
      while (this.#filling.length > 0) {
        const full = this.#filling;
        this.#filling = this.#spare;
        this.#spare = full;
        await writeWhole(file, full.contents);
        full.clear();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#writing = undefined;
    }
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#filling = new ByteBuffer();
    this.#spare = new ByteBuffer();
    this.#onFailure(error);
  }
}

/** A single write may take less than it was given. */
async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let start = 0; start < bytes.length; ) {
    start += (await file.write(bytes, start)).bytesWritten;
  }
}
