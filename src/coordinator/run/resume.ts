import { join } from 'node:path';
import { type Config, type ConfigKey, configFields, executionKeys } from '../../shared/config.ts';
import { keepsBits } from '../../shared/device.ts';
import { ConfigError, DataError } from '../../shared/errors.ts';
import { dependsOnEpochs } from '../../shared/learning-rate.ts';
import { removeTemporaryFiles } from '../atomic-file.ts';
import type { Checkpoint, TrainingCursor } from '../checkpoint/checkpoint.ts';
import { CheckpointStore } from '../checkpoint/checkpoint-store.ts';
import { type ConfigSource, readPreset, readSettings } from '../config/config-sources.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { resolveForDevices, type SettingsForDevices } from '../devices/resolve-devices.ts';
import { exists } from '../exists.ts';
import { hashKernels } from '../kernels.ts';
import type { RunDirectory } from './run-directory.ts';
import { runFiles } from './run-files.ts';
import { lockRunDirectory } from './run-lock.ts';

/**
 * Whether a resumed run may change a setting: the result does not depend on it, or it only lets the run go on for longer. It does
 * depend on the device, but a run must not be lost with one. Where the learning rate is planned to the last epoch, another number
 * of them would have led elsewhere from the first.
 */
function isChangeable(key: ConfigKey, config: Config): boolean {
  return executionKeys.has(key) || (key === 'epochs' && !dependsOnEpochs(config));
}

/** A run that can go on. */
export interface ResumedRun extends RunDirectory, SettingsForDevices {
  /** Undefined when the run ended before its first checkpoint: it begins anew. */
  checkpoint: Checkpoint | undefined;
}

/**
 * Locks a run's folder, finds its newest whole checkpoint, and resolves the configuration to go on with: that of the run, with
 * those settings of `sources` that may change.
 * @param onNotice told of damaged checkpoints, and where the run goes on
 * @param processesHere that share the cores of this machine
 * @throws DataError when the folder holds no run or no whole checkpoint; ConfigError when a setting would change the result
 */
export async function openRunToResume(
  path: string,
  sources: readonly ConfigSource[],
  onNotice: (text: string) => void,
  processesHere = 1,
): Promise<ResumedRun> {
  await refuseOtherFolder(path);
  const lock = await lockRunDirectory(path);
  try {
    const store = new CheckpointStore(path, 1);
    const found = await store.newest();
    const damaged = found?.damaged ?? [];
    for (const { problem } of damaged) onNotice(`${problem} The checkpoint before it is taken.`);
    const checkpoint = found?.checkpoint;
    if (checkpoint === undefined) await refuseLostCheckpoints(path);
    const stored =
      checkpoint === undefined
        ? readPreset(join(path, runFiles.config))
        : readSettings(checkpoint.config, path);
    const original = resolveConfig([stored], 1);
    // So many workers as processor cores are no measure for GPUs, nor the other way round.
    if (originalDeviceChanges(sources, original.device)) stored.values.delete('workers');
    const settings = await resolveForDevices([...sources, stored], onNotice, processesHere);
    const config = { ...settings.config, runDir: path };
    refuseOtherResult(original, config);
    if (checkpoint !== undefined) refuseFewerEpochs(config, checkpoint.cursor);
    // Nothing in the folder is touched before the resume is known to be right.
    await removeTemporaryFiles(path);
    await store.removeTemporaryFiles();
    await store.setAside(damaged);
    onNotice(describeStart(path, config, checkpoint?.cursor));
    if (changesBits(original, config)) onNotice(describeOtherDevice(original, config));
    if (checkpoint !== undefined && !isComplete(config, checkpoint.cursor)) {
      const otherKernels = describeOtherKernels(checkpoint.kernelsSha256, await hashKernels());
      if (otherKernels !== undefined) onNotice(otherKernels);
    }
    return { ...settings, path, lock, config, checkpoint };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function refuseOtherFolder(path: string): Promise<void> {
  if (await exists(join(path, runFiles.config))) return;
  throw new DataError(
    `${path} is no run folder: it has no ${runFiles.config}.`,
    'Name a folder that "lockstep train" made.',
  );
}

/** Without checkpoints a run may begin anew only if it had not come far enough to have one. */
async function refuseLostCheckpoints(path: string): Promise<void> {
  if (!(await exists(join(path, runFiles.history)))) return;
  throw new DataError(
    `${path} has finished epochs, but none of its checkpoints is there.`,
    'Restore the folder "checkpoints" from a backup, or start a new run.',
  );
}

function refuseOtherResult(original: Config, config: Config): void {
  const differences = configFields
    .map(({ key }) => key)
    .filter((key) => !isChangeable(key, original) && original[key] !== config[key])
    .map((key) => `${key}: the run has ${original[key] ?? 'none'}, got ${config[key] ?? 'none'}.`);
  if (differences.length === 0) return;
  throw new ConfigError(
    differences,
    'A resumed run must end as it would have undisturbed; start a new run to change these.',
  );
}

function originalDeviceChanges(sources: readonly ConfigSource[], device: string): boolean {
  const given = sources.map(({ values }) => values.get('device')?.value).find((value) => value !== undefined);
  return given !== undefined && given !== device;
}

function changesBits(original: Config, config: Config): boolean {
  return original.device !== config.device && !(keepsBits(original.device) && keepsBits(config.device));
}

function describeOtherDevice(original: Config, { device }: Config): string {
  return `the run goes on with device ${device} instead of ${original.device}: its weights will not be, to the bit, those of the undisturbed run.`;
}

/** Another version's kernels may round otherwise. Of a checkpoint that does not tell its own nothing can be said. */
function describeOtherKernels(before: string | undefined, now: string): string | undefined {
  if (before === undefined || before === now) return undefined;
  const [old, current] = [before, now].map((hash) => hash.slice(0, 8));
  return `the run was begun with other kernels (SHA-256 ${old}…, these are ${current}…): its weights may not be, to the bit, those of the undisturbed run. The version of lockstep that began it would keep them.`;
}

function refuseFewerEpochs(config: Config, cursor: TrainingCursor): void {
  const begun = cursor.step === 0 ? cursor.epoch - 1 : cursor.epoch;
  if (config.epochs >= begun) return;
  throw new ConfigError([`epochs must be at least ${begun}, which the run has begun, got ${config.epochs}.`]);
}

function isComplete({ epochs }: Pick<Config, 'epochs'>, { epoch }: TrainingCursor): boolean {
  return epoch > epochs;
}

function describeStart(path: string, { epochs }: Config, cursor: TrainingCursor | undefined): string {
  if (cursor === undefined) return `${path} has no checkpoint yet: the run begins at its first step.`;
  if (isComplete({ epochs }, cursor))
    return `${path} is complete with ${epochs} epochs; a higher --epochs lets it go on.`;
  return `${path} goes on at epoch ${cursor.epoch}, step ${cursor.step + 1}.`;
}
