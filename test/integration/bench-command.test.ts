import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();

function bench(...flags: string[]) {
  const short = ['--data', sliceDirectory, '--rounds', '2', '--epochs', '2', '--batch-size', '64'];
  return runCli(['bench', ...short, ...flags]);
}

describe('lockstep bench', () => {
  test('shows both kinds of scaling against the peak of the processor, and writes what a step executes', async () => {
    const json = join(folder, 'both.json');
    const { exitCode, stdout } = await bench(
      '--rounds',
      '1',
      '--epochs',
      '1',
      '--workers',
      '1,2',
      '--json',
      json,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Strong scaling.*\n\n.*peak GFLOP\/s\n1 on cpu .*%.*\n2 on cpu .*%.*\n\nWeak scaling/m,
    );
    expect(stdout).toMatch(/^2 on cpu, batch 128 /m);
    expect(stdout).toMatch(
      /^direct: .* 2,263,920 operations a sample\nexecuted: .*\npeak: .* by 2 threads together \(an efficiency of [\d.]+\);/m,
    );
    const report = JSON.parse(readFileSync(json, 'utf8'));
    expect(report).toMatchObject({
      date: expect.any(String),
      command: expect.stringMatching(/^lockstep bench --data /),
      machine: { cores: expect.any(Number), loadBefore: expect.any(Number) },
      versions: { node: process.versions.node },
    });
    expect(
      report.measured.map(({ scaling, workers, batchSize }: Record<string, unknown>) => [
        scaling,
        workers,
        batchSize,
      ]),
    ).toEqual([
      ['strong', 1, 64],
      ['strong', 2, 64],
      ['weak', 1, 64],
      ['weak', 2, 128],
    ]);
    expect(report.measured[0].runs[0].peak.core).toBeGreaterThan(0);
    expect(report.measured[0].executed.ofPeak.median).toBeGreaterThan(0);
    expect(report.stepOperations).toHaveLength(3);
    expect(report.measured[0].sampleOperations.executed).toBeLessThan(2_263_920);
  });

  test('measures each combination once a round, in turn, and writes all figures', async () => {
    const json = join(folder, 'bench.json');
    const devices = ['--devices', 'cpu', 'cpu,cpu-process', '--workers', '1,2', '--scaling', 'strong'];
    const { exitCode, stdout, stderr } = await bench(...devices, '--json', json);
    expect({ exitCode, stderr: stderr.replaceAll(/, [\d,]+ samples/g, '') }).toMatchObject({ exitCode: 0 });
    expect(
      [...stderr.matchAll(/^round (\d) of 2: (.*), [\d,]+ samples\/s$/gm)].map(([, ...turn]) => turn),
    ).toEqual([
      ['1', '1 on cpu'],
      ['1', '2 on cpu'],
      ['1', '1 on cpu, 1 on cpu-process'],
      ['2', '1 on cpu'],
      ['2', '2 on cpu'],
      ['2', '1 on cpu, 1 on cpu-process'],
    ]);
    expect(stdout).toMatch(/^1 on cpu, 1 on cpu-process: cpu-process +\d/m);
    const { measured } = JSON.parse(readFileSync(json, 'utf8'));
    expect(measured.map(({ name }: { name: string }) => name)).toEqual([
      '1 on cpu',
      '2 on cpu',
      '1 on cpu',
      '1 on cpu, 1 on cpu-process',
    ]);
    const hashes = measured.flatMap(({ runs }: { runs: { weightsSha256: string }[] }) =>
      runs.map(({ weightsSha256 }) => weightsSha256),
    );
    expect(hashes).toHaveLength(8);
    expect(new Set(hashes).size).toBe(1);
  });

  test('refuses a folder without a data set before it runs anything', async () => {
    const { exitCode, stderr } = await bench('--data', folder);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^error: /);
  });

  test('refuses devices, numbers and kinds that are none, and a file that cannot be written', async () => {
    expect(await bench('--scaling', 'wide')).toMatchObject({ exitCode: 2 });
    for (const file of [join(folder, 'nowhere', 'bench.json'), folder]) {
      const { exitCode, stderr } = await bench('--json', file);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^error: --json: .* cannot be written: .*\n$/);
    }
    expect(await bench('--devices', 'gpu')).toMatchObject({ exitCode: 2 });
    expect(await bench('--workers', '1,x')).toMatchObject({ exitCode: 2 });
  });
});
