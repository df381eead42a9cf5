import { availableParallelism } from 'node:os';
import { besideWeights } from '../beside-weights.ts';
import { writeConfusionMatrix } from '../charts/write-charts.ts';
import { type EvaluationReport, type EvaluationRequest, evaluateWeights } from '../evaluator.ts';
import { showDatasetProgress } from '../terminal/dataset-progress.ts';
import { formatTable } from '../terminal/table.ts';
import { findWeights } from './find-weights.ts';

interface EvaluateOptions {
  split: EvaluationRequest['split'];
  json: boolean;
  workers: number | undefined;
  data: string | undefined;
}

/** `lockstep evaluate RUN_OR_FILE`: prints the scores and draws the confusion matrix beside the weights. */
export async function evaluateCommand(runOrFile: string, options: EvaluateOptions): Promise<void> {
  const weightsFile = await findWeights(runOrFile);
  const dataset = showDatasetProgress(process.stderr);
  const report = await evaluateWeights(
    {
      weightsFile,
      split: options.split,
      workers: options.workers ?? availableParallelism(),
      data: options.data,
    },
    dataset,
  );
  dataset.done();
  const title = `${splitTitle(report)} accuracy ${(report.accuracy * 100).toFixed(2)} %`;
  const picture = await writeConfusionMatrix(
    besideWeights(weightsFile, `confusion-${options.split}`),
    report,
    title,
  );
  if (options.json) {
    console.log(JSON.stringify({ weights: weightsFile, ...report }, null, 2));
    return;
  }
  printReport(report);
  console.log(`\nconfusion matrix drawn in ${picture}`);
}

function printReport(report: EvaluationReport): void {
  const name = splitTitle(report);
  console.log(`${name} accuracy: ${report.accuracy.toFixed(4)}`);
  console.log(`${name} loss:     ${report.loss.toFixed(4)}\n`);
  const ratio = (value: number) => value.toFixed(3);
  console.log(
    formatTable(
      ['class', 'precision', 'recall', 'F1', 'samples'],
      report.classes.map((each) => [
        each.name,
        ratio(each.precision),
        ratio(each.recall),
        ratio(each.f1),
        each.support,
      ]),
    ),
  );
  console.log('\nconfusion matrix (row: true class, column: predicted class)\n');
  console.log(
    formatTable(
      ['', ...report.classes.map((_, label) => String(label))],
      report.confusionMatrix.map((row, label) => [`${label} ${report.classes[label]?.name}`, ...row]),
    ),
  );
}

function splitTitle({ split }: EvaluationReport): string {
  return split === 'test' ? 'Test' : 'Validation';
}
