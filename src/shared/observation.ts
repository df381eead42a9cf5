import { z } from 'zod';
import { describeFields, type FieldMeta, type SettingField } from './setting-field.ts';

/** 9464 is what the OpenTelemetry SDKs' Prometheus exporters listen on. */
export const defaultMetricsPort = 9464;

/**
 * How a process lets its run be watched. Spelled in presets, flags and the environment like the settings of the run, but not
 * kept with it: nothing of what a run is depends on who looks on.
 */
export const observationSchema = z.strictObject({
  metrics: z
    .boolean()
    .default(true)
    .meta({
      expected: 'true or false',
      description: 'serve no metrics and no page',
      kind: 'switch',
    } satisfies FieldMeta),
  metricsPort: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .meta({
      expected: 'a whole number from 0 to 65535',
      description: `port of /metrics and of the page, 0 for any that is free (default: ${defaultMetricsPort}, if it is free)`,
      value: 'n',
      kind: 'number',
    } satisfies FieldMeta),
  metricsHost: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .meta({
      expected: 'an address of this machine',
      description: 'address to serve them at, 0.0.0.0 for all',
      value: 'address',
      kind: 'text',
    } satisfies FieldMeta),
  metricsLinger: z
    .number()
    .min(0)
    .max(86_400)
    .default(0)
    .meta({
      expected: 'a number of seconds from 0 to 86400',
      description: 'seconds to go on serving after the end of the run',
      value: 's',
      kind: 'number',
    } satisfies FieldMeta),
  pushgateway: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      expected: 'the URL of a Prometheus Pushgateway like http://127.0.0.1:9091',
      description: 'push the metrics there after each epoch and at the end',
      value: 'url',
      kind: 'text',
    } satisfies FieldMeta),
  tensorboard: z
    .boolean()
    .default(false)
    .meta({
      expected: 'true or false',
      description: 'write event files for TensorBoard into the run folder',
      kind: 'switch',
    } satisfies FieldMeta),
  trace: z
    .string()
    .min(1)
    .optional()
    .meta({
      expected: 'the path of a file',
      description: 'write a trace of steps, phases and workers for Perfetto or chrome://tracing',
      value: 'file',
      kind: 'text',
    } satisfies FieldMeta),
});

export type Observation = z.infer<typeof observationSchema>;
export type ObservationKey = keyof Observation;

export const observationFields: readonly SettingField<ObservationKey>[] = describeFields(observationSchema);
