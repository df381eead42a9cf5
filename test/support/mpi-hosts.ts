import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram, type MpiLauncher, mpiLaunchers } from './mpi.ts';

/** Why there can be no hosts here; undefined where there can. */
export function hostsProblem(): string | undefined {
  const missing = ['ip', 'unshare', 'hostname'].filter((program) => findProgram(program) === undefined);
  if (missing.length > 0) return `no ${missing.join(', ')} (Debian packages iproute2, util-linux, hostname)`;
  return process.getuid?.() === 0 ? undefined : 'network namespaces want root';
}

/** Each is seen from its own namespace alone, so that several pairs of hosts may have the same. */
const addresses = ['10.91.7.1', '10.91.7.2'] as const;
/**
 * How often TCP sends again what was not acknowledged before the connection is given up: 3 s. Linux' default comes to a quarter of an
 * hour, which is how long a launcher waits for a host that it cannot reach any more.
 */
const tcpRetries = 3;

/** Two hosts, as far as MPI can tell: network namespaces of this machine with a cable between them, and a name each. */
export class TwoHosts {
  readonly #names: readonly string[];
  readonly #cables: readonly string[];
  readonly #agent: string;

  private constructor(folder: string) {
    const id = `${process.pid}`;
    this.#names = namesOf(id);
    // At most 15 characters.
    this.#cables = [`ls${id}a`, `ls${id}b`];
    this.#agent = join(folder, `agent-${id}.sh`);
  }

  /** @param folder for a script; @throws Error with what `ip` wrote, where there can be no such hosts */
  static async create(folder: string): Promise<TwoHosts> {
    removeLeftOver();
    const hosts = new TwoHosts(folder);
    try {
      hosts.#create();
      await hosts.mendCable();
    } catch (error) {
      hosts.remove();
      throw error;
    }
    return hosts;
  }

  /** Starts the first half of the ranks on the first host, where the launcher runs, and the others on the second. */
  launchers(): MpiLauncher[] {
    const options: Readonly<Record<string, { words: string[]; environment: Record<string, string> }>> = {
      'Open MPI': {
        words: [
          ...['--mca', 'plm_rsh_agent', this.#agent, '--mca', 'plm_rsh_no_tree_spawn', '1'],
          // Not by shared memory, which these hosts do have in common.
          ...['--mca', 'btl', 'tcp,self', '--mca', 'btl_tcp_if_include', `${addresses[0]}/24`],
          ...['--mca', 'oob_tcp_if_include', `${addresses[0]}/24`],
          ...['--host', addresses.map((address) => `${address}:2`).join(',')],
          ...['--map-by', 'node'],
        ],
        environment: {},
      },
      MPICH: {
        words: [
          ...['-launcher', 'ssh', '-launcher-exec', this.#agent, '-localhost', addresses[0]],
          ...['-hosts', addresses.join(',')],
        ],
        environment: { UCX_TLS: 'tcp,self', UCX_NET_DEVICES: 'all' },
      },
    };
    return mpiLaunchers().map((launcher) => {
      const { words = [], environment = {} } = options[launcher.name] ?? {};
      return {
        ...launcher,
        command: (ranks) => {
          const [program = '', ...more] = launcher.command(ranks);
          return [...this.#inHost(0), program, ...words, ...more];
        },
        environment: { ...launcher.environment, ...environment },
      };
    });
  }

  /** Bytes that came to the second host so far. */
  receivedBytes(): number {
    return this.#link(1).stats64.rx.bytes;
  }

  cutCable(): void {
    this.#setCable('down');
  }

  /** Resolves when both hosts take it for usable: Linux tells a second later, and UCX does not use it before. */
  async mendCable(): Promise<void> {
    this.#setCable('up');
    while (this.#names.some((_, index) => this.#link(index).operstate !== 'UP')) await sleep(20);
  }

  /** Pids of all processes on the hosts. */
  processes(): number[] {
    return this.#names.flatMap((name) => ip('netns', 'pids', name).split('\n').filter(Boolean).map(Number));
  }

  /** Ends what still runs there, too. */
  remove(): void {
    for (const name of this.#names) removeNamespace(name);
  }

  #create(): void {
    const [first, second] = this.#names as [string, string];
    const [here, there] = this.#cables as [string, string];
    for (const name of this.#names) ip('netns', 'add', name);
    ip('link', 'add', here, 'netns', first, 'type', 'veth', 'peer', 'name', there, 'netns', second);
    for (const [index, name] of this.#names.entries()) {
      ip('-n', name, 'address', 'add', `${addresses[index]}/24`, 'dev', this.#cables[index] as string);
      ip('-n', name, 'link', 'set', 'lo', 'up');
      const setting = `echo ${tcpRetries} >/proc/sys/net/ipv4/tcp_retries2`;
      ip('netns', 'exec', name, 'sh', '-c', setting);
    }
    // As ssh: options, a host, and words that a shell there puts together again.
    const script = `#!/bin/sh
while [ "\${1#-}" != "$1" ]; do shift; done
case $1 in ${addresses[0]}) host=${first} ;; *) host=${second} ;; esac
shift
exec ip netns exec "$host" unshare --uts sh -c "hostname $host; $*"
`;
    writeFileSync(this.#agent, script, { mode: 0o755 });
  }

  #inHost(index: number): string[] {
    const name = this.#names[index] as string;
    return ['ip', 'netns', 'exec', name, 'unshare', '--uts', 'sh', '-c', `hostname ${name}; exec "$@"`, 'sh'];
  }

  #link(index: number): { operstate: string; stats64: { rx: { bytes: number } } } {
    const [name, cable] = [this.#names[index] as string, this.#cables[index] as string];
    return JSON.parse(ip('-n', name, '-json', '-stats', 'link', 'show', cable))[0];
  }

  #setCable(state: 'up' | 'down'): void {
    for (const [index, name] of this.#names.entries()) {
      ip('-n', name, 'link', 'set', this.#cables[index] as string, state);
    }
  }
}

/** @param id the pid of the process that has them */
function namesOf(id: string): [string, string] {
  return [`lockstep-${id}-a`, `lockstep-${id}-b`];
}

/** What processes left that were killed before they could remove their hosts. */
function removeLeftOver(): void {
  for (const [, id = ''] of ip('netns', 'list').matchAll(/^lockstep-(\d+)-a\b/gm)) {
    if (!existsSync(`/proc/${id}`)) for (const name of namesOf(id)) removeNamespace(name);
  }
}

function removeNamespace(name: string): void {
  try {
    for (const pid of ip('netns', 'pids', name).split('\n').filter(Boolean)) kill(Number(pid));
    ip('netns', 'delete', name);
  } catch {
    // It was not made, or is gone.
  }
}

function ip(...args: string[]): string {
  return execFileSync(findProgram('ip') ?? 'ip', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
