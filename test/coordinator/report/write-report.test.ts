import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadDataset } from '../../../src/coordinator/dataset/load-dataset.ts';
import { evaluateWeights } from '../../../src/coordinator/evaluator.ts';
import { type ReportRequest, writeReport } from '../../../src/coordinator/report/write-report.ts';
import { readWeights } from '../../../src/coordinator/weights-file.ts';
import type { ReportView, TestResults } from '../../../src/shared/report-view.ts';
import { lossAndGradients } from '../../reference/reference-engine.ts';
import { runCli } from '../../support/run-cli.ts';
import { sliceDirectory, temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();
const run = join(folder, 'run');

beforeAll(async () => {
  await runCli([
    'train',
    '--data',
    sliceDirectory,
    '--run-dir',
    run,
    '--epochs',
    '3',
    '--workers',
    '2',
    '--learning-rate',
    '0.01',
    '--no-metrics',
  ]);
});

/** Makes a report, and takes out of it what it draws. */
async function report(request: Partial<ReportRequest> = {}) {
  const notices: string[] = [];
  const { path } = await writeReport(
    { run, output: undefined, data: undefined, workers: 2, ...request },
    // Of the slice it says each time that it is not the official data set.
    { onNotice: (text) => void (text.includes('not the official') || notices.push(text)) },
  );
  const html = readFileSync(path, 'utf8');
  const json = /<script type="application\/json" id="report-data">(.*?)<\/script>/s.exec(html)?.[1] as string;
  return { path, html, notices, view: JSON.parse(json) as ReportView };
}

/** A copy of the run, for a test to spoil. */
function copyOf(name: string): string {
  cpSync(run, join(folder, name), { recursive: true });
  return join(folder, name);
}

describe('writeReport', () => {
  test('has the curves, the timeline, the settings, the environment and the hash of the run', async () => {
    const { view, path } = await report();
    const result = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'));
    expect(path).toBe(join(run, 'report.html'));
    expect(view.run).toMatchObject({
      run: 'run',
      state: { kind: 'complete' },
      config: { learningRate: 0.01, batchSize: 128, seed: 0 },
      environment: { ...result.versions, ...result.machine },
      weightsSha256: result.weightsSha256,
      devices: ['cpu', 'cpu'],
      best: { epoch: result.bestEpoch },
      progress: { done: 1 },
    });
    expect(view.run.history).toHaveLength(3);
    expect(view.run.workerTimes).toHaveLength(6);
    expect(view.run.throughput).toHaveLength(3);
    expect(view.run.throughput[1]?.samplesPerSecond).toBeCloseTo(
      view.run.history[1]?.samplesPerSecond ?? 0,
      -1,
    );
    expect(JSON.stringify(view)).not.toContain(folder);
  });

  test('scores the test images as lockstep evaluate does', async () => {
    const { view } = await report();
    const test = view.test as TestResults;
    const scores = await evaluateWeights({
      weightsFile: join(run, 'best.safetensors'),
      split: 'test',
      workers: 1,
      data: sliceDirectory,
    });
    expect(test.loss).toBe(scores.loss);
    expect(test.accuracy).toBe(scores.accuracy);
    expect(test.confusion).toEqual(scores.confusionMatrix);
    expect(test.classes.map(({ samples, ...each }) => ({ ...each, support: samples }))).toEqual(
      scores.classes,
    );
  });

  test('shows the mistakes that the model is surest of, with the probability that the reference has', async () => {
    const { mistakes } = (await report()).view.test as TestResults;
    const { parameters } = await readWeights(join(run, 'best.safetensors'));
    const { test: data } = await loadDataset({ directory: sliceDirectory, splits: ['test'] });
    const { predictions } = lossAndGradients({ parameters, ...data });
    const wrong = [...data.labels.keys()]
      .filter((index) => predictions[index] !== data.labels[index])
      .map((index) => {
        const images = data.images.subarray(784 * index, 784 * (index + 1));
        const predicted = predictions[index] as number;
        // The cross-entropy against a label is -ln of the probability of that label.
        const { lossSum } = lossAndGradients({ parameters, images, labels: Uint8Array.of(predicted) });
        return { index, images, actual: data.labels[index], predicted, probability: Math.exp(-lossSum) };
      })
      .sort((one, other) => other.probability - one.probability);
    expect(wrong.length).toBeGreaterThan(20);
    expect(mistakes).toHaveLength(wrong.slice(0, 60).length);
    for (const [position, { index, probability, actual, predicted, image }] of mistakes.entries()) {
      // By position too: nearly equal ones may stand in another order, but none is left out.
      expect(probability).toBeCloseTo(wrong[position]?.probability ?? 0, 5);
      const expected = wrong.find((each) => each.index === index);
      expect(probability).toBeCloseTo(expected?.probability ?? 0, 5);
      expect([actual, predicted]).toEqual([expected?.actual, expected?.predicted]);
      expect(new Uint8Array(Buffer.from(image, 'base64'))).toEqual(Uint8Array.from(expected?.images ?? []));
    }
  });

  test('allows exactly its own script and style, by their hashes', async () => {
    const { html } = await report();
    const policy = /http-equiv="content-security-policy" content="([^"]*)"/.exec(html)?.[1];
    const inline = ['style', 'script'].map(
      (tag) => new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(html)?.[1] as string,
    );
    const [style, script] = inline.map((code) => createHash('sha256').update(code).digest('base64'));
    expect(policy).toBe(
      `default-src 'none'; script-src 'sha256-${script}'; style-src 'sha256-${style}'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'`,
    );
    expect(html.match(/<script/g)).toHaveLength(2);
  });

  test('of a run that is not complete says so', async () => {
    const incomplete = copyOf('incomplete');
    rmSync(join(incomplete, 'result.json'));
    writeFileSync(
      join(incomplete, 'config.yaml'),
      readFileSync(join(run, 'config.yaml'), 'utf8').replace('epochs: 3', 'epochs: 12'),
    );
    const { view } = await report({ run: incomplete });
    expect(view.run).toMatchObject({
      state: { kind: 'incomplete' },
      progress: { done: 0.25 },
    });
    expect(view.run.environment).toBeUndefined();
  });

  test('of a run without a finished epoch has no results, and says why', async () => {
    const begun = join(folder, 'begun');
    mkdirSync(begun);
    cpSync(join(run, 'config.yaml'), join(begun, 'config.yaml'));
    const { view } = await report({ run: begun });
    expect(view.test).toEqual({ missing: 'There are no weights yet: the run has not finished an epoch.' });
    expect(view.run.history).toEqual([]);
  });

  test('where the test images are missing is made without them, and says how to get them', async () => {
    const elsewhere = copyOf('elsewhere');
    writeFileSync(
      join(elsewhere, 'config.yaml'),
      readFileSync(join(run, 'config.yaml'), 'utf8').replace(/^data: .*$/m, `data: ${folder}`),
    );
    const { view, notices } = await report({ run: elsewhere });
    expect(notices).toEqual([expect.stringContaining('neither t10k-images-idx3-ubyte nor')]);
    expect((view.test as { missing: string }).missing).toMatch(
      /^The test images could not be had.*lockstep fetch-data.*--data/,
    );
    expect(JSON.stringify(view)).not.toContain(folder);
    expect(view.run.history).toHaveLength(3);
  });

  test('without workers.csv, or with a damaged one, has no timeline', async () => {
    const damaged = copyOf('damaged-workers');
    writeFileSync(join(damaged, 'workers.csv'), 'x');
    const { view, notices } = await report({ run: damaged });
    expect(view.run.workerTimes).toEqual([]);
    expect(notices).toEqual([expect.stringContaining('The report has no timeline of the workers.')]);
    rmSync(join(damaged, 'workers.csv'));
    expect((await report({ run: damaged })).notices).toEqual([]);
  });

  test('nothing that a run says is taken for HTML', async () => {
    const evil = '</script><img src=x onerror=alert(1)><!--<script>';
    const hostile = copyOf('hostile');
    const config = readFileSync(join(run, 'config.yaml'), 'utf8');
    writeFileSync(
      join(hostile, 'config.yaml'),
      config.replace(/^init: .*$/m, `init: ${JSON.stringify(evil)}`),
    );
    const result = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'));
    writeFileSync(
      join(hostile, 'result.json'),
      JSON.stringify({ ...result, machine: { cpu: evil, cores: 2 } }),
    );
    const named = join(folder, "<img src=x onerror='alert(1)'>");
    cpSync(hostile, named, { recursive: true });
    const { html, view } = await report({ run: named });
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toContain('<img');
    expect(html).not.toContain('<!--');
    expect(view.run.environment?.cpu).toBe(evil);
    expect(view.run.run).toBe("<img src=x onerror='alert(1)'>");
  });
});

describe('bad input to lockstep report', () => {
  const cases: [name: string, spoil: (run: string) => string[], exitCode: number, message: string][] = [
    ['no folder', () => [join(folder, 'nowhere')], 3, 'nowhere is no run folder: it has no config.yaml.'],
    ['no argument', () => [], 2, "missing required argument 'run'"],
    [
      'a damaged history',
      spoilFile('history.csv', 'epoch\nx'),
      3,
      'history.csv, line 1: expected the columns',
    ],
    ['a damaged result', spoilFile('result.json', '{"versions":'), 3, 'result.json is not what a run writes'],
    ['damaged weights', spoilFile('best.safetensors', 'x'), 3, 'best.safetensors'],
    ['a damaged configuration', spoilFile('config.yaml', 'epochs: many'), 2, 'epochs must be a whole number'],
    ['an output that is a folder', (path) => [path, '--output', folder], 4, 'cannot be written'],
    [
      'an output in no folder',
      (path) => [path, '--output', join(folder, 'none', 'x.html')],
      4,
      'x.html: cannot be written',
    ],
    [
      'a data folder without data',
      (path) => [path, '--data', folder],
      3,
      'neither t10k-images-idx3-ubyte nor',
    ],
  ];

  function spoilFile(name: string, content: string) {
    return (path: string) => {
      writeFileSync(join(path, name), content);
      return [path];
    };
  }

  test.each(cases)('%s: one line', async (name, spoil, exitCode, message) => {
    const outcome = await runCli(['report', ...spoil(copyOf(`bad ${name}`))]);
    expect(outcome.stderr).toContain(message);
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stderr.split('\n').filter((line) => line.startsWith('error: '))).toHaveLength(1);
    expect(outcome.stderr).not.toContain('    at ');
  });
});
