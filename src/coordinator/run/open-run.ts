import type { Config } from '../../shared/config.ts';
import type { Collective } from '../collective/collective.ts';
import type { TrainingListener } from '../training-options.ts';
import { checkRunDirectory, createRunDirectory, writeRunConfig } from './run-directory.ts';
import { RunRecorder } from './run-recorder.ts';
import { noRecords, type RunRecords } from './run-records.ts';

/** Where a run is kept while it trains. */
export interface OpenRun {
  /** Of its folder, which may be another machine's. */
  path: string;
  records: RunRecords;
  release(): Promise<void>;
}

/** Refuses, before anything expensive is begun, a folder that `openRun` would refuse. @throws ConfigError or RunError */
export async function checkRun(config: Config, { rank }: Collective): Promise<void> {
  if (rank.rank === 0) await checkRunDirectory(config);
}

/**
 * Makes a new run's folder, or brings up to date that of one which is resumed. Of several ranks the first does it for all; the
 * others keep nothing.
 * @param resume whose lock the caller keeps
 * @throws ConfigError or RunError when the folder cannot be had
 */
export async function openRun(
  config: Config,
  collective: Collective,
  listener: TrainingListener,
  began: Date,
  resume: { path: string } | undefined,
): Promise<OpenRun> {
  if (collective.rank.rank !== 0) {
    const path = Buffer.from(await collective.broadcast(new Uint8Array())).toString();
    return { path, records: noRecords, release: async () => {} };
  }
  const created = resume === undefined ? await createRunDirectory(config, began) : undefined;
  const path = (created ?? (resume as { path: string })).path;
  const release = async () => created?.lock.release();
  try {
    if (resume !== undefined) await writeRunConfig(path, config);
    await collective.broadcast(Buffer.from(path));
    return { path, records: new RunRecorder(path, config, listener), release };
  } catch (error) {
    await release();
    throw error;
  }
}
