import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endCli } from '../support/cli-process.ts';
import { readManifests } from '../support/cluster-manifests.ts';
import { commandOnPath } from '../support/command-on-path.ts';
import { findProgram } from '../support/mpi.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const script = fileURLToPath(new URL('../support/pods.sh', import.meta.url));
const folder = temporaryFolder();
const { Launcher, Worker } = readManifests().job.spec.mpiReplicaSpecs;
const [launcher] = Launcher.template.spec.containers;
const [worker] = Worker.template.spec.containers;
const settings = ['--workers=1', '--data', sliceDirectory, '--metrics-host=0.0.0.0', '--metrics-port=9464'];

function findProblem(): string | undefined {
  const programs = ['ip', 'unshare', 'nsenter', 'setpriv', 'pgrep', 'ssh-keygen', 'sshd', 'mpirun.openmpi'];
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length > 0) return `no ${missing.join(', ')}`;
  return spawnSync('unshare', ['--mount', '--net', 'true']).status === 0 ? undefined : 'no namespaces';
}
const problem = findProblem();
const skipReason = problem === undefined ? '' : ` (skips: ${problem})`;

interface Running {
  process: ChildProcess;
  output(): string;
  until(pattern: RegExp): Promise<void>;
  exitCode: Promise<number | null>;
}

function runPods(verb: 'run' | 'exec', pod: string, words: readonly string[], run = ''): Running {
  // The image's /usr/local/bin.
  const path = `${join(folder, 'bin')}:/usr/local/bin:/usr/bin:/bin`;
  const child = spawn(script, [verb, folder, pod, ...words], {
    env: { PATH: `${path}:/usr/sbin:/sbin`, RUN: join(folder, 'runs', run) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const until = async (pattern: RegExp) => {
    while (!pattern.test(output)) {
      if (child.exitCode !== null) throw new Error(`${words[0]} ended:\n${output}`);
      await sleep(20);
    }
  };
  const exitCode = once(child, 'close').then(([code]) => code as number | null);
  return { process: child, output: () => output, until, exitCode };
}

/** As the Job starts a pod: the manifest's command, with a test's settings. */
function launch(run: string, epochs: number): Running {
  const [text, name] = launcher.args as [string, string];
  const words = [...launcher.command, text, name, ...settings, `--epochs=${epochs}`];
  return runPods('run', 'launcher', words, run);
}

/** SIGTERM to the pod's first process, as the kubelet sends it. */
const terminateLauncher = () => runPods('exec', 'launcher', ['sh', '-c', 'kill -TERM 1']).exitCode;

function weightsSha256(path: string): string {
  return JSON.parse(readFileSync(join(path, 'result.json'), 'utf8')).weightsSha256;
}

describe.skipIf(problem !== undefined)(
  `the MPIJob's own commands, in namespaces instead of pods${skipReason}`,
  () => {
    let undisturbed: string;

    beforeAll(async () => {
      commandOnPath(folder);
      const up = spawnSync(script, ['up', folder], { encoding: 'utf8' });
      if (up.status !== 0) throw new Error(up.stderr);
      const sshd = [...worker.command, ...worker.args];
      const workers = ['worker-0', 'worker-1'].map((pod) => runPods('run', pod, sshd));
      await Promise.all(workers.map((running) => running.until(/Server listening/)));
      const run = join(folder, 'undisturbed');
      await endCli([
        'train',
        '--workers=1',
        '--data',
        sliceDirectory,
        '--no-metrics',
        '--epochs=80',
        '--run-dir',
        run,
      ]);
      undisturbed = weightsSha256(run);
    });

    afterAll(() => {
      if (problem === undefined) spawnSync(script, ['down', folder]);
    });

    test('a launcher that is ended saves and fails; its next start ends with the bits of one process', async () => {
      const first = launch('run', 80);
      await first.until(/epoch +3\/80/);
      // The first worker has rank 0, at an address that others reach.
      const scrape =
        "fetch('http://lockstep-worker-0:9464/metrics').then(async (r) => console.log(await r.text()))";
      const scraped = runPods('exec', 'launcher', ['node', '-e', scrape]);
      await scraped.exitCode;
      expect(scraped.output()).toMatch('lockstep_rank_workers{rank="1"} 1');
      await terminateLauncher();
      expect(await first.exitCode).toBe(143);
      expect(first.output()).toMatch(/stopped and saved/);

      const second = launch('run', 80);
      expect(await second.exitCode).toBe(0);
      expect(second.output()).toMatch(/goes on at epoch/);
      expect(weightsSha256(join(folder, 'runs', 'run'))).toBe(undisturbed);
    });

    test('a worker that must go, while the launcher stays, has the run saved; the launcher fails, to be started again', async () => {
      const running = launch('drained', 100_000);
      await running.until(/epoch +2\//);
      const preStop = runPods('exec', 'worker-1', worker.lifecycle.preStop.exec.command);
      expect(await preStop.exitCode).toBe(0);
      expect(await running.exitCode).toBe(143);
      expect(running.output()).toMatch(/stopped and saved/);
      expect(existsSync(join(folder, 'runs', 'drained', 'result.json'))).toBe(false);
    });
  },
);
