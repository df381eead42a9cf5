import { z } from 'zod';
import { describeFields, type FieldMeta, type SettingField } from './setting-field.ts';

/**
 * How a process finds the others of its run, where a launcher such as mpirun started several. Spelled like the settings of the
 * run, but not kept with it: they are needed before a run is found, and are this machine's.
 */
export const collectiveSchema = z.strictObject({
  mpiLibrary: z
    .string()
    .min(1)
    .optional()
    .meta({
      expected: 'the path of a library',
      description: 'MPI library of the launcher, such as libmpi.so.40 (default: found by name)',
      value: 'file',
      kind: 'text',
    } satisfies FieldMeta),
  collectiveTimeout: z
    .number()
    .positive()
    .max(86_400)
    .default(60)
    .meta({
      expected: 'a number of seconds above 0 and at most 86400',
      description: 'seconds after which ranks that do not answer end the job',
      value: 's',
      kind: 'number',
    } satisfies FieldMeta),
});

export type CollectiveSettings = z.infer<typeof collectiveSchema>;
export type CollectiveKey = keyof CollectiveSettings;

export const collectiveFields: readonly SettingField<CollectiveKey>[] = describeFields(collectiveSchema);
