import { z } from 'zod';
import { parseJson } from '../../src/coordinator/parse-json.ts';
import { DataError } from '../../src/shared/errors.ts';
import { contestantNames, isObservation } from '../comparisons.ts';

/*
 * What the document reads from the benchmarks' JSON files. Each file may hold more, which is left alone: the benchmarks go on
 * growing, and a file written by an older one should still be readable.
 */

const spread = z.object({ median: z.number(), min: z.number(), max: z.number() });

/** Where figures come from; what an older file lacks is left out of the document. */
const provenance = z.object({
  date: z.string(),
  machine: z.object({
    cpu: z.string(),
    cores: z.number(),
    node: z.string().optional(),
    system: z.string().optional(),
    loadBefore: z.number().optional(),
  }),
  versions: z.record(z.string(), z.unknown()).optional(),
  command: z.string().optional(),
});

const peerRun = z.object({
  samplesPerSecond: z.number(),
  startupSeconds: z.number().nullish(),
  peakMemoryBytes: z.number().nullish(),
});

const peerVersions = z.record(z.string(), z.record(z.string(), z.unknown())).optional();

const missing = z.array(z.object({ name: z.string(), nextStep: z.string().optional() })).optional();

const peers = provenance.extend({
  rounds: z.number(),
  epochs: z.number(),
  peerVersions,
  torch: z.object({ version: z.string(), blas: z.string() }).nullish(),
  runs: z.record(z.string(), z.array(peerRun)),
  comparisons: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      aim: z.object({ atLeast: z.number().optional(), atMost: z.number().optional() }).nullish(),
      spread: spread.nullish(),
    }),
  ),
  missing,
  weights: z.array(z.string()).optional(),
});

const duration = z.object({ fromFirstStep: z.number(), fromCommand: z.number() });

const accuracy = provenance.extend({
  rounds: z.number(),
  epochs: z.number(),
  targetAccuracy: z.number(),
  peerVersions,
  timeToAccuracy: z.record(
    z.string(),
    z.array(
      z.object({
        toTarget: duration.extend({ epoch: z.number() }).nullish(),
        toEnd: duration,
        bestValidationAccuracy: z.number(),
        testAccuracy: z.number(),
      }),
    ),
  ),
  ratios: z.array(z.object({ name: z.string(), spread })),
  missing,
});

const growth = provenance.extend({
  rounds: z.number(),
  reference: z.object({
    samples: z.number(),
    batchSize: z.number(),
    workers: z.number(),
    microBatch: z.number(),
  }),
  dimensions: z.array(
    z.object({
      dimension: z.enum(['samples', 'batchSize', 'workers', 'microBatch']),
      points: z.array(
        z.object({
          value: z.number(),
          runs: z.array(
            z.object({
              samplesPerSecond: z.number(),
              epochSeconds: z.number(),
              startupSeconds: z.number(),
              nonGradientShare: z.number(),
              peakMemoryBytes: z.number(),
              weightsSha256: z.string(),
            }),
          ),
        }),
      ),
    }),
  ),
});

const throughput = z.object({ operationsPerSecond: spread, ofPeak: spread.nullish() });

const operations = z.object({ multiplications: z.number(), additions: z.number(), others: z.number() });

const scaling = provenance.extend({
  rounds: z.number(),
  epochs: z.number(),
  batchSize: z.number(),
  microBatch: z.number().optional(),
  stepOperations: z
    .array(
      z.object({ batchSize: z.number(), gradients: operations, preparation: operations, update: operations }),
    )
    .optional(),
  measured: z.array(
    z.object({
      name: z.string(),
      scaling: z.enum(['strong', 'weak']),
      workers: z.number(),
      batchSize: z.number(),
      samplesPerSecond: spread,
      efficiency: spread,
      peak: z.object({ core: z.number(), threads: z.number() }).nullish(),
      sampleOperations: z.object({ direct: z.number(), executed: z.number().nullish() }).optional(),
      direct: throughput.optional(),
      executed: throughput.nullish(),
      bytesPerFurtherWorker: spread.nullish(),
      runs: z.array(
        z.object({
          startupSeconds: z.number(),
          peakMemoryBytes: z.number().optional(),
          meanStep: z.record(z.string(), z.number()).optional(),
        }),
      ),
    }),
  ),
});

const stepSeconds = z.object({
  step: z.number(),
  compute: z.number(),
  update: z.number(),
  rest: z.number(),
});

const plan = provenance.extend({
  rounds: z.number(),
  batchSize: z.number(),
  combinations: z.array(
    z.object({
      name: z.string(),
      runs: z.array(z.object({ predicted: stepSeconds, measured: stepSeconds })),
    }),
  ),
});

export type Provenance = z.infer<typeof provenance>;
export type PeersInput = z.infer<typeof peers>;
export type AccuracyInput = z.infer<typeof accuracy>;
export type GrowthInput = z.infer<typeof growth>;
export type ScalingInput = z.infer<typeof scaling>;
export type PlanInput = z.infer<typeof plan>;

/** One file of each kind, as far as there are files. */
export interface DocumentInputs {
  peers?: PeersInput;
  /** Of some of these contestants, alone. */
  fewerPeers?: PeersInput;
  /** Of fewer contestants, one of whom computes with vectors of 256 bits. */
  wideVectors?: PeersInput;
  /** Of the runs that are watched, and those that are not, alone. */
  observation?: PeersInput;
  accuracy?: AccuracyInput;
  growth?: GrowthInput;
  scaling?: ScalingInput;
  plan?: PlanInput;
}

/** The key that files of a kind have, and no others. */
const kinds = {
  comparisons: { kind: 'peers', schema: peers },
  timeToAccuracy: { kind: 'accuracy', schema: accuracy },
  dimensions: { kind: 'growth', schema: growth },
  measured: { kind: 'scaling', schema: scaling },
  combinations: { kind: 'plan', schema: plan },
} as const;

/**
 * Tells what each file is by what it holds, not by its name.
 * @param files path and text of each
 * @throws DataError naming the file: no JSON of a benchmark, a field that is missing, or a second file of one kind
 */
export function readInputs(files: readonly { path: string; text: string }[]): DocumentInputs {
  const read = files.map(readInput);
  const contestants = read.flatMap(({ kind, data }) =>
    kind === 'peers' ? [Object.keys((data as PeersInput).runs)] : [],
  );
  const inputs: Record<string, unknown> = {};
  for (const { path, kind: named, data } of read) {
    const kind = named === 'peers' ? kindOfPeers(Object.keys((data as PeersInput).runs), contestants) : named;
    if (kind in inputs) throw new DataError(`${path} is a second file of ${kind}.`, 'Name one of each.');
    inputs[kind] = data;
  }
  return inputs;
}

function readInput({ path, text }: { path: string; text: string }) {
  const json = parseJson(text);
  const key =
    typeof json === 'object' && json !== null
      ? (Object.keys(kinds) as (keyof typeof kinds)[]).find((each) => each in json)
      : undefined;
  if (key === undefined) {
    const known = Object.keys(kinds).join(', ');
    throw new DataError(
      `${path} is none of the benchmarks' files: it is no JSON object with one of the keys ${known}.`,
      'Name files that a benchmark wrote with --json.',
    );
  }
  const { kind, schema } = kinds[key];
  const read = schema.safeParse(json);
  if (!read.success) {
    throw new DataError(
      `${path}, read as ${kind}:\n${z.prettifyError(read.error)}`,
      "Write it anew with that benchmark's --json.",
    );
  }
  const isOfWatching = kind === 'peers' && isObservation(Object.keys((read.data as PeersInput).runs));
  return { path, kind: isOfWatching ? 'observation' : kind, data: read.data };
}

/**
 * Where a longer list is beside it, a file is one of fewer peers if that list has all of its contestants, and one of wide vectors if it has
 * those.
 * @param lists the contestants of all files of the kind
 */
function kindOfPeers(
  names: readonly string[],
  lists: readonly (readonly string[])[],
): 'peers' | 'fewerPeers' | 'wideVectors' {
  const longer = lists.filter((list) => list.length > names.length);
  if (longer.length > 0 && names.includes(contestantNames.wideVectors)) return 'wideVectors';
  return longer.some((list) => names.every((name) => list.includes(name))) ? 'fewerPeers' : 'peers';
}
