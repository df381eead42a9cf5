import type { DocumentInputs } from '../../../bench/document/inputs.ts';
import { readInputs } from '../../../bench/document/inputs.ts';
import { growthReport } from '../growth/example-growth.ts';

const provenance = {
  date: '2026-01-02T03:04:05.000Z',
  machine: { cpu: 'Some CPU', cores: 2, system: 'linux x64', node: 'v20.0.0', loadBefore: 0.1 },
};

function run(samplesPerSecond: number) {
  return { samplesPerSecond, startupSeconds: 0.4, peakMemoryBytes: 2e8, nonGradientShare: null, report: {} };
}

function comparison(name: string, unit: string, aim: object, [min, median, max]: [number, number, number]) {
  return { name, unit, aim, spread: { median, min, max } };
}

/** As `npm run bench -- --json` writes them, with more than the document reads. */
export const peersFile = {
  ...provenance,
  command: 'npm run bench -- --json peers.json',
  rounds: 3,
  epochs: 4,
  torch: { version: '1.13', blas: 'reference BLAS' },
  runs: {
    'PyTorch DDP, 2 processes': [run(10_000), run(11_000), run(12_000)],
    'lockstep, 2 workers': [run(67_115), run(71_330), run(74_907)],
    'tfjs cpu': [run(13), run(14), run(15)],
  },
  comparisons: [
    comparison('lockstep, 2 workers / PyTorch DDP, 2 processes', '×', { atLeast: 5 }, [6.24, 6.48, 6.71]),
    comparison('peak memory', 'MB', { atMost: 150 }, [200, 200, 200]),
    { name: 'something / that is missing', unit: '×', aim: { atLeast: 5 } },
  ],
  missing: [{ name: 'JAX on CPU', nextStep: 'npm run setup:peers -- jax' }],
  weights: ['a'.repeat(64)],
};

/** Of two of three contestants. */
const fewerPeersFile = {
  ...peersFile,
  rounds: 7,
  epochs: 8,
  runs: {
    'PyTorch DDP, 2 processes': [run(10_100), run(11_100), run(12_100)],
    'lockstep, 2 workers': [run(72_000), run(73_000), run(74_000)],
  },
  comparisons: [
    comparison('lockstep, 2 workers / PyTorch DDP, 2 processes', '×', { atLeast: 5 }, [6.4, 6.58, 6.9]),
    { name: 'lockstep, 4 workers / lockstep, 2 workers', unit: '×', aim: { atLeast: 0.9 } },
  ],
};

/** With a contestant that the file of all peers lacks. */
const wideVectorsFile = {
  ...fewerPeersFile,
  runs: {
    'lockstep, 2 workers, vectors of 256 bits': [run(95_000), run(96_000), run(97_000)],
    'PyTorch DDP, 2 processes': [run(10_100), run(11_100), run(12_100)],
  },
  comparisons: [
    comparison(
      'lockstep, 2 workers, vectors of 256 bits / PyTorch DDP, 2 processes',
      '×',
      {},
      [8.4, 8.58, 8.9],
    ),
  ],
};

const observationFile = {
  ...peersFile,
  runs: {
    'lockstep, 2 workers, everything observed': [run(70_100), run(70_300), run(70_500)],
    'lockstep, 2 workers, nothing observed': [run(70_900), run(71_000), run(71_100)],
  },
  comparisons: [
    comparison(
      'lockstep, 2 workers, everything observed / lockstep, 2 workers, nothing observed',
      '×',
      { atLeast: 0.98 },
      [0.97, 0.99, 1.01],
    ),
    comparison('CPU time of watching, 2 workers', '% of the CPU time', { atMost: 2 }, [0.6, 0.7, 0.8]),
    ...peersFile.comparisons,
  ],
};

const evaluated = (seconds: number, reachesTarget = true) => ({
  ...(reachesTarget && { toTarget: { epoch: 7, fromFirstStep: seconds, fromCommand: seconds + 1 } }),
  toEnd: { fromFirstStep: 2 * seconds, fromCommand: 2 * seconds + 1 },
  bestValidationAccuracy: 0.83,
  testAccuracy: 0.82,
});

const accuracyFile = {
  ...provenance,
  versions: { lockstep: '0.1.0', node: '20.0.0', v8: '11', platform: 'linux-x64' },
  command: 'npm run bench -- --to-accuracy --json accuracy.json',
  rounds: 3,
  epochs: 10,
  targetAccuracy: 0.8,
  peerVersions: { 'PyTorch, 1 thread': { torch: '1.13' }, 'PyTorch, 2 threads': { torch: '1.13' } },
  timeToAccuracy: {
    'lockstep, 2 workers': [evaluated(3), evaluated(5), evaluated(4)],
    'PyTorch, 1 thread': [evaluated(30), evaluated(31), evaluated(32, false)],
    'never good': [evaluated(30, false)],
  },
  ratios: [{ name: 'PyTorch, 1 thread / lockstep, 2 workers', spread: { median: 6.9, min: 6.5, max: 7.2 } }],
  missing: [{ name: 'tfjs cpu', nextStep: 'nothing\n  helps' }],
};

const spread = (median: number) => ({ median, min: 0.9 * median, max: 1.1 * median });

const scalingFile = {
  ...provenance,
  versions: { lockstep: '0.1.0', node: '20.0.0', v8: '11', platform: 'linux-x64' },
  command: 'lockstep bench --json scaling.json',
  rounds: 3,
  epochs: 3,
  batchSize: 128,
  microBatch: 16,
  stepOperations: [
    {
      batchSize: 100,
      gradients: { multiplications: 49_000_000, additions: 60_000_000, others: 2_000_000 },
      preparation: { multiplications: 500_000, additions: 500_000, others: 0 },
      update: { multiplications: 500_000, additions: 500_000, others: 200_000 },
    },
  ],
  measured: (['strong', 'weak'] as const).map((scaling) => ({
    name: scaling === 'strong' ? '2 on cpu' : '2 on cpu, batch 256',
    scaling,
    workers: 2,
    batchSize: scaling === 'strong' ? 128 : 256,
    samplesPerSecond: spread(70_000),
    efficiency: spread(0.93),
    peak: { core: 45.1e9, threads: 89.9e9 },
    sampleOperations: { direct: 2_000_000, executed: 1_100_000 },
    direct: { operationsPerSecond: spread(158e9), ofPeak: spread(1.76) },
    executed: { operationsPerSecond: spread(92e9), ofPeak: spread(1.02) },
    bytesPerFurtherWorker: spread(10e6),
    runs: [
      {
        startupSeconds: 0.3,
        peakMemoryBytes: 1.8e8,
        meanStep: {
          seconds: 0.002,
          computeSeconds: 0.0019,
          reduceSeconds: 0.00004,
          optimizerSeconds: 0.00002,
          gatherSeconds: 0,
          waitSeconds: 0.00004,
        },
      },
    ],
  })),
};

const step = (seconds: number) => ({
  step: seconds,
  compute: 0.9 * seconds,
  update: 0.05 * seconds,
  rest: 0,
});

const planFile = {
  ...provenance,
  command: 'npm run bench:plan -- --json plan.json',
  rounds: 2,
  batchSize: 128,
  combinations: [
    {
      name: '2 × 1',
      runs: [
        { predicted: step(0.002), measured: step(0.0025) },
        { predicted: step(0.002), measured: step(0.0021) },
      ],
    },
  ],
};

export const exampleFiles = [
  { path: 'a.json', text: JSON.stringify(peersFile) },
  { path: 'b.json', text: JSON.stringify(growthReport()) },
  { path: 'c.json', text: JSON.stringify(scalingFile) },
  { path: 'e.json', text: JSON.stringify(accuracyFile) },
  { path: 'd.json', text: JSON.stringify(planFile) },
  { path: 'f.json', text: JSON.stringify(observationFile) },
  { path: 'g.json', text: JSON.stringify(fewerPeersFile) },
  { path: 'h.json', text: JSON.stringify(wideVectorsFile) },
];

export function exampleInputs(): DocumentInputs {
  return readInputs(exampleFiles);
}
