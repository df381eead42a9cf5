import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../atomic-file.ts';
import { sweepFiles } from './sweep-folder.ts';

const schema = z.record(z.string(), z.string());

/** What runs of a sweep failed with, kept in its folder until they are tried again. */
export class Failures {
  readonly #path: string;
  readonly #reasons: Map<string, string>;
  #written: Promise<void> = Promise.resolve();

  private constructor(path: string, reasons: Map<string, string>) {
    this.#path = path;
    this.#reasons = reasons;
  }

  /** A file that is damaged counts as none: its runs are tried again in any case. */
  static async read(sweep: string): Promise<Failures> {
    const path = join(sweep, sweepFiles.failures);
    const text = await readFile(path, 'utf8').catch(() => '{}');
    return new Failures(path, new Map(Object.entries(parse(text))));
  }

  /** Of the run in this folder, if it failed the last time. */
  of(folder: string): string | undefined {
    return this.#reasons.get(folder);
  }

  /** @param reason undefined for a run that did not fail this time. @throws RunError when it cannot be written */
  async note(folder: string, reason: string | undefined): Promise<void> {
    if (reason === undefined && !this.#reasons.has(folder)) return;
    if (reason === undefined) this.#reasons.delete(folder);
    else this.#reasons.set(folder, reason);
    // One write at a time, each with what is known by then.
    this.#written = this.#written.then(() => this.#write());
    await this.#written;
  }

  async #write(): Promise<void> {
    if (this.#reasons.size === 0) await rm(this.#path, { force: true });
    else
      await writeFileAtomically(
        this.#path,
        `${JSON.stringify(Object.fromEntries(this.#reasons), null, 2)}\n`,
      );
  }
}

function parse(text: string): Record<string, string> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}
