import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readHistory } from '../../src/coordinator/run/history.ts';
import { endCli, startCli } from '../support/cli-process.ts';
import { scrape, urlOf } from '../support/observation.ts';
import { sendRaw } from '../support/raw-client.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const trainInto = (run: string, epochs: number, ...more: string[]) => [
  ...['train', '--run-dir', run, '--data', sliceDirectory, '--epochs', String(epochs), '--workers', '2'],
  ...['--checkpoint-every', '100000 epochs', ...more],
];
const weightsOf = async (run: string) =>
  (await readHistory(join(run, 'history.csv'))).map((row) => row.weightsSha256);

/** Takes all places again and again, for as long as the signal allows, and never finishes a request. */
async function occupy(url: string, text: string | Uint8Array, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const client = sendRaw(url, text, { reads: false });
    const stop = () => client.socket.destroy();
    signal.addEventListener('abort', stop);
    await client.answer;
    signal.removeEventListener('abort', stop);
  }
}

describe('clients that mean no good', () => {
  test('change no bit of a run, and it goes on', async () => {
    const run = join(folder, 'attacked');
    const cli = startCli(trainInto(run, 100_000, '--metrics-port', '0'));
    const url = await urlOf(cli);

    // 1,000 scrapes, eight at a time, while others send what is no request, or never ask for an answer.
    const attack = new AbortController();
    const garbage = Uint8Array.from({ length: 20_000 }, (_, index) => (index * 7919) % 256);
    const attackers = [
      occupy(url, garbage, attack.signal),
      occupy(url, `GET /metrics HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`, attack.signal),
      occupy(url, 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n', attack.signal),
      occupy(url, 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n', attack.signal),
    ];
    let scrapes = 0;
    let refusals = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (scrapes < 1_000) {
          const scraped = await scrape(url).catch(() => undefined);
          if (scraped === undefined) refusals++;
          else if (scraped.samples.get('lockstep_run_active') === 1) scrapes++;
          if (refusals > 1_000) throw new Error('more refusals than answers');
        }
      }),
    );
    attack.abort();
    await Promise.all(attackers);

    // Slowloris: all places are taken, and a header is added now and then.
    const slow = Array.from({ length: 40 }, () =>
      sendRaw(url, 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n'),
    );
    const trickle = setInterval(() => {
      for (const { socket } of slow) if (socket.writable) socket.write('X: x\r\n');
    }, 100);
    const before = (await readHistory(join(run, 'history.csv'))).length;
    await cli.untilOutput(`epoch ${String(before + 10).padStart(6)}/`);
    cli.process.kill('SIGINT');
    const { exitCode, stderr } = await cli.ended;
    clearInterval(trickle);
    expect(exitCode, stderr).toBe(130);
    // What clients do is nobody's concern.
    expect(stderr).not.toMatch(/error|warn/i);

    const attacked = await weightsOf(run);
    const undisturbed = join(folder, 'undisturbed');
    expect((await endCli(trainInto(undisturbed, attacked.length, '--no-metrics'))).exitCode).toBe(0);
    expect(attacked).toEqual(await weightsOf(undisturbed));
  });

  test('do not keep a run from its end', async () => {
    const run = join(folder, 'held');
    const golden = JSON.parse(
      readFileSync(new URL('../fixtures/golden-hashes.json', import.meta.url), 'utf8'),
    ) as Record<string, string>;
    const cli = startCli([
      ...trainInto(
        run,
        2,
        '--batch-size',
        '64',
        '--micro-batch',
        '12',
        '--metrics-port',
        '0',
        '--metrics-linger',
        '600',
      ),
    ]);
    const url = await urlOf(cli);
    const held = ['', 'GET /metrics HTTP/1.1\r\n', 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: '].map(
      (text) => sendRaw(url, text),
    );
    await cli.untilOutput('still serving');
    cli.process.kill('SIGTERM');
    // It does not wait for them.
    const { exitCode, stdout } = await cli.ended;
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`weights SHA-256           ${golden['slice']}`);
    await Promise.all(held.map(({ answer }) => answer));
  });
});
