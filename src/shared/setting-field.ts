import { z } from 'zod';

/** What a schema says of each of its keys, beside the type. */
export interface FieldMeta {
  /** Completes "must be …" in an error. */
  expected: string;
  /** One line of help. */
  description: string;
  /** Placeholder of the value in help; a switch has none. */
  value?: string;
  /** How flags and environment variables are read: as decimal numbers, as they are, or as on and off. */
  kind: 'number' | 'text' | 'switch';
}

/** One setting as the command line, the environment and the help show it. */
export interface SettingField<Key extends string = string> extends FieldMeta {
  key: Key;
  /** `--batch-size`; of a switch that is on by default `--no-metrics`. */
  flag: string;
  environmentVariable: string;
  defaultValue: string | number | boolean | undefined;
}

/** The settings of a schema whose keys all carry a `FieldMeta`, in its order. */
export function describeFields<Shape extends Record<string, z.core.$ZodType>>(
  schema: z.ZodObject<Shape>,
): SettingField<Extract<keyof Shape, string>>[] {
  return Object.entries(schema.shape).map(([key, type]) => {
    const meta = (type as unknown as z.ZodType).meta() as unknown as FieldMeta;
    const defaultValue =
      type instanceof z.ZodDefault ? (type.def.defaultValue as SettingField['defaultValue']) : undefined;
    return {
      ...meta,
      key: key as Extract<keyof Shape, string>,
      flag: `--${[...(defaultValue === true ? ['no'] : []), ...words(key)].join('-')}`,
      environmentVariable: `LOCKSTEP_${words(key).join('_').toUpperCase()}`,
      defaultValue,
    };
  });
}

function words(camelCase: string): string[] {
  return camelCase.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).split(' ');
}
