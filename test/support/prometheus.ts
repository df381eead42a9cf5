import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { MonitoringServer } from './monitoring-server.ts';

const shippedConfiguration = fileURLToPath(new URL('../../config/prometheus', import.meta.url));

export interface Series {
  labels: Record<string, string>;
  values: number[];
}

interface Alert {
  state: 'pending' | 'firing';
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface Rule {
  name: string;
  query: string;
  state: 'inactive' | 'pending' | 'firing';
  health: string;
  lastError?: string;
  lastEvaluation: string;
  alerts: Alert[];
}

/** When, and what, as Prometheus spells it. */
type Sample = [number, string];

interface RawSeries {
  metric: Record<string, string>;
  values?: Sample[];
  value?: Sample;
}

/** A real Prometheus with the configuration that is shipped, but for the addresses and how often rules are evaluated. */
export class Prometheus {
  readonly #server: MonitoringServer;
  readonly #folder: string;

  private constructor(server: MonitoringServer, folder: string) {
    this.#server = server;
    this.#folder = folder;
  }

  /** @param targets address by the job of prometheus.yml; a job without one scrapes nothing */
  static async start(targets: Readonly<Record<string, string>>): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-prometheus-'));
    cpSync(shippedConfiguration, folder, { recursive: true });
    const path = join(folder, 'prometheus.yml');
    writeFileSync(path, adapt(readFileSync(path, 'utf8'), targets));
    const server = await MonitoringServer.start('prometheus', [
      `--config.file=${path}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
    ]);
    return new Prometheus(server, folder);
  }

  /** The series of an expression over the last seconds, each second. @throws Error with what Prometheus has against it */
  queryRange(expression: string, seconds: number): Promise<Series[]> {
    const now = Date.now() / 1000;
    return this.#query('query_range', {
      query: expression,
      start: String(now - seconds),
      end: String(now),
      step: '1',
    });
  }

  /** The series of an expression now. @throws Error with what Prometheus has against it */
  query(expression: string): Promise<Series[]> {
    return this.#query('query', { query: expression });
  }

  /** Values of a label in the series of a selector. */
  labelValues(label: string, selector: string): Promise<string[]> {
    return this.#get(`label/${label}/values`, { 'match[]': selector });
  }

  async rules(): Promise<Rule[]> {
    const { groups } = await this.#get<{ groups: { rules: Rule[] }[] }>('rules', {});
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    rmSync(this.#folder, { recursive: true });
  }

  async #query(path: string, parameters: Record<string, string>): Promise<Series[]> {
    const { result } = await this.#get<{ result: RawSeries[] }>(path, parameters);
    return result.map(({ metric, values, value }) => ({
      labels: metric,
      values: (values ?? [value as Sample]).map(([, text]) => Number(text.replace('Inf', 'Infinity'))),
    }));
  }

  async #get<T>(path: string, parameters: Record<string, string>): Promise<T> {
    const url = `http://${this.#server.address}/api/v1/${path}?${new URLSearchParams(parameters)}`;
    const answer = (await (await fetch(url)).json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success') throw new Error(`${answer.error}: ${parameters['query'] ?? path}`);
    return answer.data;
  }
}

/** @throws Error for a target whose job is not there */
function adapt(configuration: string, targets: Readonly<Record<string, string>>): string {
  const document = parseDocument(configuration);
  document.setIn(['global', 'evaluation_interval'], '1s');
  const jobs = (document.toJS() as { scrape_configs: { job_name: string }[] }).scrape_configs;
  jobs.forEach(({ job_name }, index) => {
    const target = targets[job_name];
    document.setIn(
      ['scrape_configs', index, 'static_configs', 0, 'targets'],
      target === undefined ? [] : [target],
    );
  });
  for (const job of Object.keys(targets)) {
    if (!jobs.some(({ job_name }) => job_name === job)) throw new Error(`no job "${job}"`);
  }
  return String(document);
}
