import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SkipReporter } from './test/support/skip-reporter.ts';

/** Where continuous integration wants the results as JSON. */
const jsonReport = process.env['VITEST_JSON_REPORT'];

/**
 * One after the other: what kills, stops, times out or looks at a clock; MPI, whose ranks want the cores; what has a port, a cluster,
 * a browser or the network for itself.
 */
const alone = [
  'test/faults/{engine-process-faults,hostile-clients,kill-resume,mpi-*,one-writer,orphans,read-only,signals,stale-writes,worker-*}.test.ts',
  'test/config/**/*.test.ts',
  'test/page/**/*.test.ts',
  'test/setup/**/*.test.ts',
  'test/gpu/**/*.test.ts',
  'test/coordinator/{collective,devices,tensorboard,trace}/**/*.test.ts',
  'test/coordinator/dataset/http-download.test.ts',
  'test/coordinator/run/run-lock.test.ts',
  'test/worker/process/**/*.test.ts',
  'test/bench/{forward-share,run-watchers,thread-times}.test.ts',
  'test/integration/{alerts,metrics-*,mpi-*,prometheus,pushgateway,sweep-endings,tfjs-training,train-command,worker-count}.test.ts',
];

export default defineConfig({
  test: {
    // Real worker threads and signals: each test file gets a process of its own.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', new SkipReporter(), ...(jsonReport === undefined ? [] : ['json' as const])],
    ...(jsonReport === undefined ? {} : { outputFile: { json: jsonReport } }),
    projects: [
      {
        extends: true,
        test: {
          name: 'side by side',
          include: ['test/**/*.test.ts'],
          exclude: alone,
          // Many of them wait rather than compute.
          maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: alone, fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
