import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Whether the program can be started here: Debian's packages `prometheus` and `prometheus-pushgateway` bring them. */
export function isInstalled(program: 'prometheus' | 'prometheus-pushgateway' | 'promtool'): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}

/** A Prometheus or a Pushgateway, which print where they listen. */
export class MonitoringServer {
  /** `127.0.0.1:36123`. */
  readonly address: string;
  readonly #process: ChildProcess;

  private constructor(address: string, process: ChildProcess) {
    this.address = address;
    this.#process = process;
  }

  /** Starts it on a free port. @throws Error with what it printed, if it ends instead */
  static async start(program: string, args: readonly string[] = []): Promise<MonitoringServer> {
    const child = spawn(program, ['--web.listen-address=127.0.0.1:0', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    const address = await new Promise<string>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        const listening = /msg="Listening on" address=(\S+)/.exec(log)?.[1];
        if (listening !== undefined) resolve(listening);
      });
      child.on('error', reject);
      child.on('exit', () => reject(new Error(`${program} ended:\n${log}`)));
    });
    return new MonitoringServer(address, child);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill();
    await once(this.#process, 'exit');
  }
}
