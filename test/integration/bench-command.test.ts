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
  test('measures each combination once a round, in turn, and writes all figures', async () => {
    const json = join(folder, 'bench.json');
    const devices = ['--devices', 'cpu', 'cpu,cpu-process', '--workers', '1,2'];
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

  test('refuses devices and numbers that are none', async () => {
    expect(await bench('--devices', 'gpu')).toMatchObject({ exitCode: 2 });
    expect(await bench('--workers', '1,x')).toMatchObject({ exitCode: 2 });
  });
});
