import { availableParallelism } from 'node:os';
import { styleText } from 'node:util';
import { writeReport } from '../report/write-report.ts';
import { showDatasetProgress } from '../terminal/dataset-progress.ts';

interface ReportOptions {
  output: string | undefined;
  data: string | undefined;
  workers: number | undefined;
}

/** `lockstep report RUN`: makes one HTML file of a run. */
export async function reportCommand(run: string, options: ReportOptions): Promise<void> {
  const dataset = showDatasetProgress(process.stderr);
  try {
    const { path, test } = await writeReport(
      { run, ...options, workers: options.workers ?? availableParallelism() },
      {
        ...dataset,
        onNotice: (text) =>
          console.error(`${styleText('yellow', 'note:', { stream: process.stderr })} ${text}`),
      },
    );
    dataset.done();
    if (!('missing' in test)) console.log(`test accuracy  ${test.accuracy.toFixed(4)}`);
    console.log(`report         ${path}`);
  } finally {
    dataset.done();
  }
}
