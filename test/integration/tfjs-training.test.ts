import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { readWeights } from '../../src/coordinator/weights-file.ts';
import type { Config } from '../../src/shared/config.ts';
import { relativeError } from '../reference/relative-error.ts';
import { canListProcesses, engineProcesses } from '../support/engine-processes.ts';
import { everyOption } from '../support/every-option.ts';
import type { Scrape } from '../support/observation.ts';
import { scrapesOf } from '../support/scraped-run.ts';
import {
  missingForSoftwareGpu,
  missingForTensorflow,
  softwareGpuEnvironment,
} from '../support/software-gpu.ts';
import { sliceConfig, temporaryFolder, trainToEnd } from '../support/training.ts';

const folder = temporaryFolder();
const workerFile = new URL('../faults/worker-with-faulty-engine.mjs', import.meta.url);
/** TensorFlow.js in plain JavaScript, and a GPU in software, compute some ten samples a second. */
const patience = { timeout: 600_000 };
let runs = 0;

/** Two steps on a few real images: three micro-shards, so that one of two workers has two, and the last is short. */
const fewSteps = {
  epochs: 1,
  limitTrain: 44,
  limitVal: 12,
  batchSize: 16,
  microBatch: 8,
  learningRate: 0.01,
};

interface Fault {
  kind: string;
  after?: number;
  isTfjs?: boolean;
}

/** Trains with an engine of TensorFlow.js, that fails once. */
async function trainWith(fault: Fault, settings: Partial<Config>) {
  const runDir = join(folder, `run-${runs++}`);
  const marker = `${runDir}-marker`;
  vi.stubEnv('FAULT', JSON.stringify({ after: 1, ...fault, marker, runDir }));
  const notices: string[] = [];
  try {
    const config = sliceConfig({ workers: 2, ...settings, runDir });
    // Named singly: what stands for the device is not looked for.
    const { history } = await trainToEnd(config, {
      devices: [config.device],
      workerFile,
      listener: { onNotice: (text) => text.startsWith('worker') && notices.push(text) },
    });
    if (canListProcesses) expect(engineProcesses(runDir)).toEqual([]);
    expect(existsSync(marker)).toBe(fault.kind !== 'none');
    return { history, notices, weights: (await readWeights(join(runDir, 'best.safetensors'))).parameters };
  } finally {
    vi.unstubAllEnvs();
  }
}

/** The same training by the kernels. */
async function trainOnCpu(settings: Partial<Config>) {
  const runDir = join(folder, `run-${runs++}`);
  const { history } = await trainToEnd(sliceConfig({ ...settings, runDir }));
  return { history, weights: (await readWeights(join(runDir, 'best.safetensors'))).parameters };
}

type Training = Awaited<ReturnType<typeof trainOnCpu>>;

/** Rounding differs; Adam makes whole steps of the smallest gradients, whose signs may then differ, too. */
function expectAgreement(computed: Training, reference: Training, validationDigits = 3): void {
  for (const [index, row] of computed.history.entries()) {
    const expected = reference.history[index];
    expect(row.trainLoss).toBeCloseTo(expected?.trainLoss as number, 3);
    expect(row.validationLoss).toBeCloseTo(expected?.validationLoss as number, validationDigits);
  }
  expect(relativeError(computed.weights, reference.weights)).toBeLessThan(1e-3);
}

const engines = [
  {
    name: 'TensorFlow.js in plain JavaScript',
    device: 'cpu-process',
    isTfjs: true,
    missing: undefined,
    environment: {},
    settings: fewSteps,
  },
  {
    name: 'TensorFlow’s native addon on the processor',
    device: 'tensorflow-cpu',
    isTfjs: false,
    missing: missingForTensorflow(),
    environment: {},
    settings: { ...fewSteps, epochs: 3, limitTrain: 800, limitVal: 200, batchSize: 64, microBatch: 32 },
  },
  {
    name: 'WebGPU on a GPU in software',
    device: 'webgpu:SwiftShader',
    isTfjs: false,
    missing: missingForSoftwareGpu(),
    environment: softwareGpuEnvironment,
    settings: fewSteps,
  },
];

describe.each(engines)('training with $name', ({ device, isTfjs, missing, environment, settings }) => {
  let reference: Training;

  beforeAll(async () => {
    Object.assign(process.env, environment);
    reference = await trainOnCpu(settings);
  });

  test('agrees with the kernels', patience, async (context) => {
    if (missing !== undefined) context.skip(missing);
    const computed = await trainWith({ kind: 'none', isTfjs }, { ...settings, device });
    expect(computed.notices).toEqual([]);
    expectAgreement(computed, reference);
    if (settings.epochs > 1) {
      expect(computed.history.at(-1)?.trainLoss).toBeLessThan(computed.history[0]?.trainLoss as number);
    }
  });

  test('agrees with them with every option of the model and of its training', patience, async (context) => {
    if (missing !== undefined) context.skip(missing);
    const options = { ...everyOption, ...fewSteps, learningRate: 0.001 };
    const computed = await trainWith({ kind: 'none', isTfjs }, { ...options, device });
    // Biases before a batch normalization follow what is rounded, and the running means follow them late.
    expectAgreement(computed, await trainOnCpu(options), 2);
  });

  test('bears an abort in the child process', patience, async (context) => {
    if (missing !== undefined) context.skip(missing);
    const computed = await trainWith({ kind: 'abort', isTfjs }, { ...settings, device });
    expect(computed.notices).toEqual([expect.stringMatching(/^worker \d on .* was ended by SIGABRT/)]);
    expectAgreement(computed, reference);
  });

  test('bears a hang in the child process', patience, async (context) => {
    if (missing !== undefined) context.skip(missing);
    const workerTimeout = 20;
    const computed = await trainWith({ kind: 'hang', isTfjs }, { ...settings, device, workerTimeout });
    expect(computed.notices).toEqual([expect.stringMatching(/^worker \d on .* did not answer for 20 s/)]);
    expectAgreement(computed, reference);
  });
});

test(
  'training with every option through TensorFlow’s native addon lowers the loss',
  patience,
  async (context) => {
    const missing = missingForTensorflow();
    if (missing !== undefined) context.skip(missing);
    const { history } = await trainWith({ kind: 'none' }, { ...everyOption, device: 'tensorflow-cpu' });
    const losses = history.map((row) => row.validationLoss);
    expect(losses).toHaveLength(3);
    expect(losses).toEqual(losses.toSorted((a, b) => b - a));
    expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] as number));
  },
);

test(
  'what a device holds is measured, and does not grow: TensorFlow’s native addon',
  patience,
  async (context) => {
    const missing = missingForTensorflow();
    if (missing !== undefined) context.skip(missing);
    const runDir = join(folder, `run-${runs++}`);
    const scraped = scrapesOf();
    const config = sliceConfig({ ...fewSteps, epochs: 2, workers: 1, device: 'tensorflow-cpu', runDir });
    await trainToEnd(config, { devices: [config.device], listener: scraped.listener });
    const moments = ['training of epoch 1 ended', 'training of epoch 2 ended'];
    const [first, second] = await Promise.all(moments.map((moment) => scraped.at(moment)));
    for (const name of ['lockstep_device_tensors', 'lockstep_device_memory_bytes']) {
      const key = [...(first as Scrape).samples.keys()].find((each) => each.startsWith(`${name}{`)) as string;
      expect(key).toMatch(/^\w+\{worker="0",device="[^"]+"\}$/);
      expect(first?.samples.get(key)).toBeGreaterThan(9);
      expect(second?.samples.get(key)).toBe(first?.samples.get(key));
      const row = `| \`${name}\` | gauge | \`worker\`, \`device\` | ${first?.help.get(name)} |`;
      expect(readFileSync('docs/metrics.md', 'utf8')).toContain(row);
    }
  },
);
