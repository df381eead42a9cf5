import type { CliProcess } from './cli-process.ts';

/** What an endpoint served. */
export interface Scrape {
  text: string;
  /** By name with labels, as it stands in the text: `lockstep_loss{split="train"}`. */
  samples: ReadonlyMap<string, number>;
  /** By the metric's name. */
  types: ReadonlyMap<string, string>;
  help: ReadonlyMap<string, string>;
}

/** Parses Prometheus' text format, as far as it is used here. @throws Error on a line that is none of it */
export function parseMetrics(text: string): Scrape {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  const help = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    const sample = /^([a-z0-9_]+(?:\{.*\})?) (\S+)$/.exec(line);
    if (comment !== null)
      (comment[1] === 'HELP' ? help : types).set(comment[2] as string, comment[3] as string);
    else if (sample !== null) samples.set(sample[1] as string, parseValue(sample[2] as string));
    else throw new Error(`not Prometheus' format: ${line}`);
  }
  return { text, samples, types, help };
}

function parseValue(text: string): number {
  return Number(text.replace('Inf', 'Infinity').replace('Nan', 'NaN'));
}

/** Of a command line that was just started: where it serves; resolves when its run begins. */
export async function urlOf(cli: CliProcess): Promise<string> {
  let stderr = '';
  cli.process.stderr?.on('data', (text: string) => {
    stderr += text;
  });
  await cli.untilOutput('metrics and page');
  const url = /metrics and page {2}(\S+)/.exec(stderr)?.[1];
  if (url === undefined) throw new Error(`it does not say where it serves: ${stderr}`);
  return url;
}

/** @param url of the server, as it says it */
export async function scrape(url: string): Promise<Scrape> {
  const response = await fetch(`${url}metrics`);
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  return parseMetrics(await response.text());
}
