import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint/checkpoint-file.ts';
import type { Collective } from '../collective/collective.ts';
import { type ConfigSource, readSettings } from '../config/config-sources.ts';
import { resolveForDevices, type SettingsForDevices } from '../devices/resolve-devices.ts';
import { openRunToResume, type ResumedRun } from './resume.ts';

/** A run that several ranks go on with. */
export interface RunOfAll extends SettingsForDevices, Pick<ResumedRun, 'path' | 'checkpoint'> {
  release(): Promise<void>;
}

/**
 * As `openRunToResume`, for all ranks: the first opens the folder, and sends the others the checkpoint and what the run was
 * configured with. So the folder need not be on a disk that all machines share.
 * @param onNotice what the first rank has to tell
 * @throws as `openRunToResume` does
 */
export async function openRunOfAll(
  path: string,
  sources: readonly ConfigSource[],
  collective: Collective,
  onNotice: (text: string) => void,
): Promise<RunOfAll> {
  if (collective.rank.rank === 0) {
    const run = await openRunToResume(path, sources, onNotice, collective.ranksHere);
    const release = () => run.lock.release();
    try {
      const { checkpoint, config } = run;
      await collective.broadcast(Buffer.from(JSON.stringify(config)));
      await collective.broadcast(checkpoint === undefined ? new Uint8Array() : encodeCheckpoint(checkpoint));
      return { ...run, release };
    } catch (error) {
      await release();
      throw error;
    }
  }
  const stored = JSON.parse(Buffer.from(await collective.broadcast(new Uint8Array())).toString());
  const bytes = await collective.broadcast(new Uint8Array());
  const checkpoint = bytes.length === 0 ? undefined : decodeCheckpoint(bytes, 'the checkpoint of rank 0');
  const own = await resolveForDevices(
    [...sources, readSettings(stored, path)],
    undefined,
    collective.ranksHere,
  );
  return { ...own, path, checkpoint, release: async () => {} };
}
