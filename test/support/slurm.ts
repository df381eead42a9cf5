import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findProgram, type MpiLauncher } from './mpi.ts';
import { freePort } from './ports.ts';

const daemons = ['munged', 'slurmctld', 'slurmd'] as const;

const isDebian = existsSync('/etc/debian_version');
const debianPmix = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/pmix2/lib/libpmix.so`;

/** Why Slurm cannot be run here; undefined where it can. */
export function slurmProblem(): string | undefined {
  const missing = [...daemons, 'srun'].filter((program) => findProgram(program) === undefined);
  if (missing.length > 0) return `no ${missing.join(', ')} (Debian packages slurm-wlm, munge)`;
  if (isDebian && !existsSync(debianPmix))
    return `no ${debianPmix}, which Slurm's mpi/pmix loads (Debian package libpmix-dev)`;
  return process.getuid?.() === 0 ? undefined : 'Slurm wants root to start the processes of others';
}

/** A real Slurm of one node, this machine, with ports and a folder of its own. */
export class SlurmCluster {
  /** What its commands need to find it. */
  readonly environment: { SLURM_CONF: string };
  readonly #folder = mkdtempSync(join(tmpdir(), 'lockstep-slurm-'));
  readonly #processes: ChildProcess[] = [];
  #log = '';

  private constructor() {
    this.environment = { SLURM_CONF: join(this.#folder, 'slurm.conf') };
  }

  /** Starts it, and waits until it takes jobs. @throws Error with what its daemons wrote, where one ends instead */
  static async start(): Promise<SlurmCluster> {
    const cluster = new SlurmCluster();
    try {
      await cluster.#start();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** How it starts ranks: `pmi2` for MPICH, `pmix` for Open MPI. */
  launcher(connection: 'pmi2' | 'pmix' | 'none'): MpiLauncher {
    return {
      name: `Slurm, ${connection}`,
      problem: undefined,
      library: undefined,
      command: (ranks) => ['srun', `--mpi=${connection}`, '-n', String(ranks)],
      environment: this.environment,
    };
  }

  async stop(): Promise<void> {
    // The last one to be started needs the others to end.
    for (const child of this.#processes.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill();
      await once(child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    for (const name of ['state', 'spool']) mkdirSync(join(this.#folder, name));
    writeFileSync(this.#path('munge.key'), randomBytes(1024), { mode: 0o600 });
    writeFileSync(this.environment.SLURM_CONF, await this.#configuration());
    this.#spawn('munged', [
      ...['--foreground', '--force', `--key-file=${this.#path('munge.key')}`],
      ...[`--socket=${this.#path('munge.sock')}`, `--pid-file=${this.#path('munged.pid')}`],
      ...[`--log-file=${this.#path('munged.log')}`, `--seed-file=${this.#path('munged.seed')}`],
    ]);
    await this.#until(async () => existsSync(this.#path('munge.sock')));
    this.#spawn('slurmctld', ['-D']);
    this.#spawn('slurmd', ['-D']);
    await this.#until(() => this.#isIdle());
  }

  async #isIdle(): Promise<boolean> {
    const environment = { ...process.env, ...this.environment };
    const asked = promisify(execFile)('sinfo', ['--noheader', '--format=%T'], { env: environment });
    // Until its controller listens, sinfo fails.
    return asked.then(({ stdout }) => stdout.trim() === 'idle').catch(() => false);
  }

  async #until(isTrue: () => Promise<boolean>): Promise<void> {
    while (!(await isTrue())) {
      const ended = this.#processes.find(
        ({ exitCode, signalCode }) => exitCode !== null || signalCode !== null,
      );
      if (ended !== undefined) throw new Error(`${ended.spawnfile} ended:\n${this.#log}`);
      await sleep(50);
    }
  }

  #spawn(program: (typeof daemons)[number], args: readonly string[]): void {
    const child = spawn(findProgram(program) as string, args, {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
    this.#processes.push(child);
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  async #configuration(): Promise<string> {
    const [host] = hostname().split('.');
    return `ClusterName=lockstep
SlurmctldHost=${host}(127.0.0.1)
SlurmUser=root
AuthInfo=socket=${this.#path('munge.sock')}
StateSaveLocation=${this.#path('state')}
SlurmdSpoolDir=${this.#path('spool')}
SlurmctldPidFile=${this.#path('slurmctld.pid')}
SlurmdPidFile=${this.#path('slurmd.pid')}
SlurmctldPort=${await freePort()}
SlurmdPort=${await freePort()}
# What needs a service manager, control groups or a database, left out.
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
# More ranks than cores.
NodeName=${host} NodeAddr=127.0.0.1 CPUs=${Math.max(8, availableParallelism())} State=UNKNOWN
PartitionName=main Nodes=${host} Default=YES State=UP
SlurmdParameters=config_overrides
`;
  }
}
