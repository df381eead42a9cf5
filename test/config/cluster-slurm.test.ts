import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endCli } from '../support/cli-process.ts';
import { commandOnPath } from '../support/command-on-path.ts';
import { mpiLaunchers } from '../support/mpi.ts';
import { SlurmCluster, slurmProblem } from '../support/slurm.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const script = fileURLToPath(new URL('../../config/cluster/slurm.sbatch', import.meta.url));
const folder = temporaryFolder();
const openMpi = mpiLaunchers()[0];
const problem = slurmProblem() ?? openMpi?.problem;
const skipReason = problem === undefined ? '' : ` (skips: ${problem})`;

const settings = ['--data', sliceDirectory, '--epochs', '30', '--batch-size', '64', '--no-metrics'];
// Slurm ends the ranks that are left only after half a minute.
const quickly = [...settings, '--collective-timeout', '10'];

const ended = /JobState=(COMPLETED|FAILED|CANCELLED|TIMEOUT) /;

/** A batch job of two ranks, one worker each, on the single node that there is. */
class BatchJob {
  readonly run: string;
  readonly #log: string;
  #id = '';

  constructor(
    readonly cluster: SlurmCluster,
    name: string,
  ) {
    this.run = join(folder, name);
    this.#log = join(folder, `${name}.log`);
    // Slurm appends to it.
    writeFileSync(this.#log, '');
  }

  async submit(args: readonly string[], environment: Record<string, string> = {}): Promise<void> {
    const ranks = ['--nodes=1', '--ntasks-per-node=2', '--cpus-per-task=1', '--mem=0'];
    const words = ['--parsable', ...ranks, `--output=${this.#log}`, script, ...args];
    const path = `${join(folder, 'bin')}:${process.env['PATH']}`;
    this.#id = (await this.#slurm('sbatch', words, { PATH: path, RUN: this.run, ...environment })).trim();
  }

  get log(): string {
    return readFileSync(this.#log, 'utf8');
  }

  async untilLogged(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.log)) {
      if (ended.test(await this.#show()) && !pattern.test(this.log))
        throw new Error(`it ended:\n${this.log}`);
      await sleep(50);
    }
  }

  async untilRequeued(): Promise<void> {
    while (!/JobState=PENDING/.test(await this.#show())) await sleep(50);
  }

  /** What Slurm knows of the job then. */
  async untilEnd(): Promise<string> {
    for (;;) {
      const job = await this.#show();
      if (ended.test(job)) return job;
      await sleep(50);
    }
  }

  /** As the kernel does where memory runs out. */
  async killRank(): Promise<void> {
    const { stdout } = await promisify(execFile)('pgrep', ['-f', `^node .*lockstep train .*${this.run}`]);
    process.kill(Number(stdout.split('\n')[1]), 'SIGKILL');
  }

  #show(): Promise<string> {
    return this.#slurm('scontrol', ['show', 'job', this.#id]);
  }

  /** What Slurm does by itself ahead of the limit: to the ranks, not to the shell. */
  async warn(): Promise<void> {
    await this.#slurm('scancel', ['--signal=USR1', this.#id]);
  }

  /** Slurm lets a requeued job wait for two minutes. */
  async startNow(): Promise<void> {
    await this.#slurm('scontrol', ['update', `JobId=${this.#id}`, 'StartTime=now']);
  }

  async #slurm(program: string, args: readonly string[], environment: Record<string, string> = {}) {
    const env = { ...process.env, ...this.cluster.environment, ...openMpi?.environment, ...environment };
    return (await promisify(execFile)(program, args, { env })).stdout;
  }

  get weightsSha256(): string {
    return weightsSha256(this.run);
  }
}

function weightsSha256(run: string): string {
  return JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')).weightsSha256;
}

describe('the batch script for Slurm', () => {
  const shellcheck = spawnSync('shellcheck', [script], { encoding: 'utf8' });
  const missing = shellcheck.error === undefined ? '' : ' (skips: shellcheck is not installed)';

  test.skipIf(missing !== '')(`leaves nothing to shellcheck${missing}`, () => {
    expect(shellcheck.stdout).toBe('');
    expect(shellcheck.status).toBe(0);
  });
});

// A start of a job takes seconds.
describe.skipIf(problem !== undefined)(
  `the batch script, run by Slurm${skipReason}`,
  { timeout: 180_000 },
  () => {
    let cluster: SlurmCluster;
    let undisturbed: string;

    beforeAll(async () => {
      commandOnPath(folder);
      cluster = await SlurmCluster.start();
      const run = join(folder, 'undisturbed');
      await endCli(['train', '--workers', '1', '--run-dir', run, ...settings]);
      undisturbed = weightsSha256(run);
    });

    afterAll(() => cluster?.stop());

    test('a job that is warned of its limit saves, is requeued, and ends with the bits of one process', async () => {
      const job = new BatchJob(cluster, 'warned');
      await job.submit(settings);
      await job.untilLogged(/epoch +3\/30/);
      await job.warn();
      await job.untilLogged(/requeue after exit code 0/);
      await job.untilRequeued();
      expect(existsSync(join(job.run, 'result.json'))).toBe(false);
      await job.startNow();
      expect(await job.untilEnd()).toMatch(/JobState=COMPLETED .*Restarts=1 /s);
      expect(job.log).toMatch(/goes on at epoch/);
      expect(job.weightsSha256).toBe(undisturbed);
    });

    test('a job one of whose ranks is killed is requeued, and goes on where its run has a checkpoint', async () => {
      const job = new BatchJob(cluster, 'killed');
      await job.submit(quickly);
      await job.untilLogged(/epoch +3\/30/);
      await job.killRank();
      await job.untilLogged(/requeue after exit code 13[78]/);
      await job.untilRequeued();
      await job.startNow();
      expect(await job.untilEnd()).toMatch(/JobState=COMPLETED .*Restarts=1 /s);
      expect(job.weightsSha256).toBe(undisturbed);
    });

    test('a run that was begun and has no checkpoint yet begins at its first step', async () => {
      const job = new BatchJob(cluster, 'begun');
      mkdirSync(job.run);
      cpSync(join(folder, 'undisturbed', 'config.yaml'), join(job.run, 'config.yaml'));
      await job.submit(settings);
      expect(await job.untilEnd()).toMatch(/JobState=COMPLETED /);
      expect(job.log).toMatch(/has no checkpoint yet/);
      expect(job.weightsSha256).toBe(undisturbed);
    });

    test('a job that was started often enough ends, and tells how to go on', async () => {
      const job = new BatchJob(cluster, 'often');
      await job.submit(settings, { MOST_RESTARTS: '0' });
      await job.untilLogged(/epoch +1\/30/);
      await job.warn();
      expect(await job.untilEnd()).toMatch(/JobState=FAILED .*Restarts=0 .*ExitCode=1:0/s);
      expect(job.log).toMatch(`to go on: RUN=${job.run} sbatch`);
    });

    test('a mistake is not repeated: the job ends with the exit code of lockstep', async () => {
      const job = new BatchJob(cluster, 'mistaken');
      await job.submit([...settings, '--micro-batch', '0']);
      expect(await job.untilEnd()).toMatch(/JobState=FAILED .*Restarts=0 .*ExitCode=2:0/s);
    });
  },
);
