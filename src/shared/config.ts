import { z } from 'zod';
import { describeFields, type SettingField } from './setting-field.ts';
import { augmentationSettings } from './settings/augmentation-settings.ts';
import { executionSettings } from './settings/execution-settings.ts';
import { modelSettings } from './settings/model-settings.ts';
import { trainingSettings } from './settings/training-settings.ts';

/**
 * Everything that a run can be told, and that is kept with it. A key is spelled `batchSize` in a preset, `--batch-size` as a flag and
 * LOCKSTEP_BATCH_SIZE in the environment.
 */
export const configSchema = z.strictObject({
  ...executionSettings,
  ...trainingSettings,
  ...modelSettings,
  ...augmentationSettings,
});

export type Config = z.infer<typeof configSchema>;
export type ConfigKey = keyof Config;

/** All settings, in the order of the help. */
export const configFields: readonly SettingField<ConfigKey>[] = describeFields(configSchema);

/** How a run is computed and kept, not what it comes to: the result does not depend on these, but for devices other than `cpu`. */
export const executionKeys: ReadonlySet<ConfigKey> = new Set(Object.keys(executionSettings) as ConfigKey[]);
