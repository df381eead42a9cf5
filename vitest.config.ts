import { defineConfig } from 'vitest/config';
import { SkipReporter } from './test/support/skip-reporter.ts';

/** Where continuous integration wants the results as JSON. */
const jsonReport = process.env['VITEST_JSON_REPORT'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real worker threads and signals: each test file gets a process of its own.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', new SkipReporter(), ...(jsonReport === undefined ? [] : ['json' as const])],
    ...(jsonReport === undefined ? {} : { outputFile: { json: jsonReport } }),
  },
});
