import { DataError } from '../shared/errors.ts';
import { type ParameterLayout, parameterLayout, viewParameter } from '../shared/parameters.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { isCheckpoint, readCheckpoint } from './checkpoint/checkpoint-file.ts';
import { quoted } from './safetensors/format.ts';
import { readSafetensors, type SafetensorsFile } from './safetensors/reader.ts';
import { encodeSafetensors } from './safetensors/writer.ts';

/** Another model's file may hold thousands of tensors. */
const extraNamesShown = 20;

/**
 * Writes the parameters under their PyTorch names, so that `load_state_dict(load_file(path))` takes them; atomically.
 * @param parameters float32[layout.length]; copied before the first wait
 * @throws RunError if the file cannot be written
 */
export async function writeWeights(
  path: string,
  parameters: Float32Array,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const tensors = layoutOfLength(parameters.length).tensors.map((tensor) => ({
    name: tensor.name,
    shape: tensor.shape,
    data: viewParameter(parameters, tensor),
  }));
  // "format" tells Hugging Face's libraries which framework's names and layouts these are.
  await writeFileAtomically(path, encodeSafetensors(tensors, { format: 'pt', ...metadata }));
}

/** The parameters of a weights file, and what its writer said of them. */
export interface Weights {
  /** float32[layout.length]. */
  parameters: Float32Array;
  /** Of a model with or without batch normalization. */
  layout: ParameterLayout;
  metadata: ReadonlyMap<string, string>;
}

/**
 * Reads the parameters of the model from a safetensors file with PyTorch's names. Of a checkpoint, those that its run validates: the
 * moving average, where there is one.
 * @throws DataError if the file is unreadable or damaged, or if its tensors are not the model's; it names each one
 */
export async function readWeights(path: string): Promise<Weights> {
  const file = await readSafetensors(path);
  if (isCheckpoint(file)) {
    const { config, averages, parameters } = await readCheckpoint(path).catch((error: DataError) => {
      throw new DataError(
        error.message,
        'Name another checkpoint, or the best.safetensors of its run.',
        error,
      );
    });
    // Of its metadata, what also weights have: the rest says that the file is a checkpoint.
    const metadata = new Map([['config', JSON.stringify(config)]]);
    return { parameters: averages ?? parameters, layout: parameterLayout(config), metadata };
  }
  const layout = parameterLayout({ batchNorm: file.tensors.has('bn1.weight') });
  const problems = compareWithModel(file, layout);
  if (problems.length > 0) {
    throw new DataError(
      [`${path}: not the weights of this model:`, ...problems].join('\n  '),
      'Name a file of LeNet-5 weights, such as the best.safetensors of a run, or a checkpoint.',
    );
  }
  const parameters = new Float32Array(layout.length);
  for (const tensor of layout.tensors) {
    const stored = file.tensors.get(tensor.name);
    if (stored === undefined) continue;
    const target = viewParameter(parameters, tensor);
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(stored.bytes);
  }
  return { parameters, layout, metadata: file.metadata };
}

function compareWithModel({ tensors }: SafetensorsFile, layout: ParameterLayout): string[] {
  const problems: string[] = [];
  for (const { name, shape } of layout.tensors) {
    const stored = tensors.get(name);
    const expected = `F32 [${shape.join(', ')}]`;
    if (stored === undefined) {
      problems.push(`${name} is missing, expected ${expected}`);
      continue;
    }
    const got = `${stored.elementType} [${stored.shape.join(', ')}]`;
    if (got !== expected) problems.push(`${name} is ${got}, expected ${expected}`);
  }
  const known = new Set(layout.tensors.map((tensor) => tensor.name));
  // PyTorch's count of batches, which nothing here needs.
  const extra = [...tensors.keys()].filter(
    (name) => !known.has(name) && !/^bn[12]\.num_batches_tracked$/.test(name),
  );
  problems.push(
    ...extra.slice(0, extraNamesShown).map((name) => `${quoted(name)} is no tensor of the model`),
  );
  if (extra.length > extraNamesShown) problems.push(`… and ${extra.length - extraNamesShown} more`);
  return problems;
}

/** The model's variants differ in length. */
function layoutOfLength(length: number): ParameterLayout {
  const plain = parameterLayout({ batchNorm: false });
  return length === plain.length ? plain : parameterLayout({ batchNorm: true });
}
