import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { configSchema } from '../../shared/config.ts';
import { DataError } from '../../shared/errors.ts';
import { type ParameterLayout, parameterLayout, viewParameter } from '../../shared/parameters.ts';
import { formatHistory, parseHistory } from '../run/history.ts';
import { decodeSafetensors, type SafetensorsFile } from '../safetensors/reader.ts';
import { encodeSafetensors, type NamedTensor } from '../safetensors/writer.ts';
import type { Checkpoint } from './checkpoint.ts';
import { findContradiction } from './checkpoint-consistency.ts';

/*
 * A checkpoint is one safetensors file. The parameters stand under their PyTorch names, so that the file also serves as a
 * weights file; moments and best weights stand under prefixes. The metadata hold the rest, and a SHA-256 over every byte of
 * the file, with the hash itself counted as zeros.
 */
const formatVersion = '1';
const prefixes = {
  parameters: '',
  firstMoments: 'adam.first_moment.',
  secondMoments: 'adam.second_moment.',
  averages: 'ema.',
  bestParameters: 'best.',
} as const;
/** Far above any checkpoint (1 MB of tensors and 130 bytes of history an epoch). */
const maximumBytes = 256 * 2 ** 20;

const noHash = '0'.repeat(64);
/** How every file of ours begins, behind the eight bytes of the header's length. */
const hashPrefix = '{"__metadata__":{"sha256":"';
const hashOffset = 8 + hashPrefix.length;

const count = z.int().min(0);
const amount = z.number().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const metadataSchema = z.object({
  format_version: z.literal(formatVersion),
  config: json(configSchema),
  cursor: json(z.strictObject({ epoch: count.min(1), step: count, globalStep: count.max(2 ** 31 - 1) })),
  totals: json(z.strictObject({ lossSum: amount, correct: count, seconds: amount, trainingSeconds: amount })),
  dataset: json(z.strictObject({ train: z.strictObject({ imagesSha256: sha256, labelsSha256: sha256 }) })),
  kernels: sha256.optional(),
  history: z.string(),
});

/** Encodes a checkpoint; what is written later is what it was at the call. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const layout = parameterLayout(checkpoint.config);
  const tensors = Object.entries(prefixes).flatMap(([key, prefix]) => {
    const flat = checkpoint[key as keyof typeof prefixes];
    return flat === undefined ? [] : nameTensors(flat, prefix, layout);
  });
  const bytes = encodeSafetensors(tensors, {
    sha256: noHash,
    format: 'pt',
    format_version: formatVersion,
    config: JSON.stringify(checkpoint.config),
    cursor: JSON.stringify(checkpoint.cursor),
    totals: JSON.stringify(checkpoint.totals),
    dataset: JSON.stringify(checkpoint.datasetHashes),
    ...(checkpoint.kernelsSha256 === undefined ? {} : { kernels: checkpoint.kernelsSha256 }),
    history: formatHistory(checkpoint.history),
  });
  bytes.set(new TextEncoder().encode(hashCheckpoint(bytes)), hashOffset);
  return bytes;
}

/** Whether a file says that it is one, be it whole or not. */
export function isCheckpoint({ metadata }: Pick<SafetensorsFile, 'metadata'>): boolean {
  return metadata.has('format_version') && metadata.has('cursor');
}

/** Reads and verifies a checkpoint. @throws DataError naming what is wrong with the file */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  return decodeCheckpoint(await readBytes(path), path);
}

/** @param source name for the errors @throws DataError naming what is wrong */
export function decodeCheckpoint(bytes: Uint8Array, source: string): Checkpoint {
  const file = decodeSafetensors(bytes, source);
  const stored = new TextDecoder('latin1').decode(bytes.subarray(8, hashOffset + 64));
  if (!stored.startsWith(hashPrefix)) throw new DataError(`${source}: not a checkpoint of lockstep.`);
  const actual = hashCheckpoint(bytes);
  if (stored.slice(hashPrefix.length) !== actual) {
    throw new DataError(
      `${source}: damaged: its SHA-256 is ${actual}, it says ${stored.slice(hashPrefix.length)}.`,
    );
  }
  const metadata = metadataSchema.safeParse(Object.fromEntries(file.metadata));
  if (!metadata.success) {
    const [issue] = metadata.error.issues;
    throw new DataError(
      `${source}: "${issue?.path.join('.')}" is not what this version of lockstep writes: ${issue?.message}.`,
    );
  }
  const { config, cursor, totals, dataset, kernels, history } = metadata.data;
  const layout = parameterLayout(config);
  const tensors = (prefix: string) => readTensors(file, prefix, layout, source);
  const checkpoint: Checkpoint = {
    config,
    cursor,
    totals,
    datasetHashes: dataset,
    kernelsSha256: kernels,
    history: parseHistory(history, `${source}: history`),
    parameters: tensors(prefixes.parameters),
    firstMoments: tensors(prefixes.firstMoments),
    secondMoments: tensors(prefixes.secondMoments),
    averages: config.emaDecay === undefined ? undefined : tensors(prefixes.averages),
    bestParameters: file.tensors.has(`${prefixes.bestParameters}${layout.tensors[0]?.name}`)
      ? tensors(prefixes.bestParameters)
      : undefined,
  };
  const vectors = Object.keys(prefixes).filter(
    (key) => checkpoint[key as keyof typeof prefixes] !== undefined,
  );
  const tensorCount = layout.tensors.length * vectors.length;
  if (file.tensors.size !== tensorCount)
    throw new DataError(`${source}: ${file.tensors.size} tensors, expected ${tensorCount}.`);
  const contradiction = findContradiction(checkpoint);
  if (contradiction !== undefined) throw new DataError(`${source}: contradicts itself: ${contradiction}.`);
  return checkpoint;
}

function nameTensors(flat: Float32Array, prefix: string, layout: ParameterLayout): NamedTensor[] {
  return layout.tensors.map((tensor) => ({
    name: `${prefix}${tensor.name}`,
    shape: tensor.shape,
    data: viewParameter(flat, tensor),
  }));
}

function readTensors(
  file: SafetensorsFile,
  prefix: string,
  layout: ParameterLayout,
  source: string,
): Float32Array {
  const flat = new Float32Array(layout.length);
  for (const tensor of layout.tensors) {
    const name = `${prefix}${tensor.name}`;
    const stored = file.tensors.get(name);
    if (stored?.elementType !== 'F32' || String(stored.shape) !== String(tensor.shape)) {
      throw new DataError(`${source}: ${name} is not F32 [${tensor.shape.join(', ')}].`);
    }
    const target = viewParameter(flat, tensor);
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(stored.bytes);
  }
  return flat;
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > maximumBytes) throw new DataError(`${path}: ${size} bytes, expected at most ${maximumBytes}.`);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`${path}: cannot be read: ${(cause as Error).message}.`, undefined, cause);
  }
}

/** Leaves the bytes as they are; the hash that they hold counts as zeros. */
function hashCheckpoint(bytes: Uint8Array): string {
  return createHash('sha256')
    .update(bytes.subarray(0, hashOffset))
    .update(noHash)
    .update(bytes.subarray(hashOffset + noHash.length))
    .digest('hex');
}

/** A metadata value that holds JSON of the given shape. */
function json<Shape extends z.ZodType>(shape: Shape) {
  return z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(shape);
}
