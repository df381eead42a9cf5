import { mkdirSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { GrowingFile } from '../observers/growing-file.ts';
import { fileVersionRecord, restartRecord, ScalarsRecord } from './event-records.ts';

const namePattern = /^events\.out\.tfevents\.(\d+)\./;

/** One of the event files of a folder, which TensorBoard shows together as one run. */
export class EventFile<Tag extends string> {
  /** Whether it is the folder's first. */
  readonly isFirst: boolean;
  readonly #file: GrowingFile;
  readonly #record: ScalarsRecord<Tag>;

  /**
   * Begins a new file behind those that are there.
   * @param folder made where it is not there
   * @param tags of the values of each step
   * @param firstStep what earlier files hold of it and of later steps is not shown any more
   * @param onFailure told once; nothing more is written then
   * @throws Error where the folder cannot be made or read
   */
  constructor(folder: string, tags: readonly Tag[], firstStep: number, onFailure: (error: unknown) => void) {
    this.#record = new ScalarsRecord(tags);
    mkdirSync(folder, { recursive: true });
    const times = readdirSync(folder).map((name) => Number(namePattern.exec(name)?.[1] ?? 0));
    const latest = Math.max(0, ...times);
    this.isFirst = latest === 0;
    const now = Date.now() / 1000;
    // TensorBoard reads the files in the order of their names: the time in them must grow, whatever the clock says.
    const seconds = Math.max(Math.floor(now), latest + 1);
    // In the place of "lockstep" others write the name of the machine.
    const path = join(folder, `events.out.tfevents.${String(seconds).padStart(10, '0')}.lockstep`);
    this.#file = new GrowingFile(open(path, 'wx'), onFailure);
    this.#file.append(fileVersionRecord(now));
    this.#file.append(restartRecord(now, firstStep));
  }

  /** @param wallTime seconds since 1970 */
  add(step: number, wallTime: number, scalars: Readonly<Record<Tag, number>>): void {
    this.#file.append(this.#record.encode(wallTime, step, scalars));
  }

  /** Resolves when everything is written, or cannot be. */
  close(): Promise<void> {
    return this.#file.close();
  }
}
