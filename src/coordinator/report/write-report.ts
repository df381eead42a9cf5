import { join } from 'node:path';
import { DataError, RunError } from '../../shared/errors.ts';
import type { MissingResults, TestResults } from '../../shared/report-view.ts';
import { writeFileAtomically } from '../atomic-file.ts';
import { loadDataset } from '../dataset/load-dataset.ts';
import { exists } from '../exists.ts';
import { withoutPaths } from '../page/describe-run.ts';
import { readPageFiles } from '../page/page-files.ts';
import { runFiles } from '../run/run-files.ts';
import type { DatasetListeners } from '../training-setup.ts';
import { readWeights } from '../weights-file.ts';
import { modelOf } from '../weights-model.ts';
import { readRun } from './read-run.ts';
import { reportDocument } from './report-document.ts';
import { testResults } from './test-results.ts';

export interface ReportRequest {
  /** A run's folder. */
  run: string;
  /** By default report.html in the run's folder. */
  output: string | undefined;
  /** Folder with the data set; by default that of the run, or found or fetched. */
  data: string | undefined;
  workers: number;
}

/** What was written. */
export interface WrittenReport {
  path: string;
  test: TestResults | MissingResults;
}

/**
 * Makes one HTML file of a run's folder. Where there are no test images, or no weights yet, the report says so.
 * @throws ConfigError or DataError when the folder is no run's or a file in it is damaged; RunError when it cannot be written
 */
export async function writeReport(
  request: ReportRequest,
  listeners: DatasetListeners & { onNotice: (text: string) => void },
): Promise<WrittenReport> {
  const { config, view } = await readRun(request.run, listeners.onNotice);
  const files = await readPageFiles();
  const test = await findTestResults(request, config.data, listeners);
  const made = new Date().toLocaleString('sv-SE').slice(0, 16);
  const path = request.output ?? join(request.run, 'report.html');
  try {
    await writeFileAtomically(path, reportDocument({ run: view, test, made }, files));
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    throw new RunError(error.message, 'Name another place with --output.', error);
  }
  return { path, test };
}

async function findTestResults(
  { run, data, workers }: ReportRequest,
  dataOfRun: string | undefined,
  listeners: DatasetListeners & { onNotice: (text: string) => void },
): Promise<TestResults | MissingResults> {
  const weightsFile = join(run, runFiles.best);
  const hasWeights = await exists(weightsFile);
  if (!hasWeights) return { missing: 'There are no weights yet: the run has not finished an epoch.' };
  const weights = await readWeights(weightsFile);
  const directory = data ?? dataOfRun;
  const found = await loadDataset({ directory, splits: ['test'], ...listeners }).catch((error: unknown) => {
    // A folder that was named for this report must be right.
    if (!(error instanceof DataError) || data !== undefined) throw error;
    return error;
  });
  if (found instanceof DataError) {
    listeners.onNotice(`the report is made without test images: ${found.message}`);
    const reason = withoutPaths(found.message.split('\n')[0] as string);
    return {
      missing: `The test images could not be had, so what the model makes of them is not here. ${reason} To add it: run "lockstep fetch-data" where the network can be reached, or have the four files in a folder, and make the report again with --data and that folder.`,
    };
  }
  const trained = { model: modelOf(weights), parameters: weights.parameters };
  return testResults(trained, found.test, workers, listeners.onNotice);
}
