import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maximumViewers } from '../../../src/coordinator/page/event-stream.ts';
import type { TrainedRun } from '../../../src/coordinator/training-options.ts';
import type { RunView } from '../../../src/shared/run-view.ts';
import golden from '../../fixtures/golden-hashes.json' with { type: 'json' };
import { type EventClient, followEvents } from '../../support/event-client.ts';
import { type LiveRun, serveLivePage } from '../../support/live-run.ts';
import { sliceConfig, temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();
let live: LiveRun;

beforeAll(async () => {
  live = await serveLivePage();
});
afterAll(() => live.close());

const fetchView = async () => (await (await fetch(`${live.url}run.json`)).json()) as RunView;

describe('LivePage', () => {
  let run: TrainedRun;
  let early: EventClient;
  let last: RunView;

  test('says so while there is no run yet', async () => {
    const response = await fetch(`${live.url}run.json`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ error: 'the run has not begun yet' });
  });

  test('sends one view and then changes, which add up to what it serves as /run.json', async () => {
    early = await followEvents(live.url);
    const training = live.train(sliceConfig({ runDir: join(folder, 'run'), workers: 2 }));
    const late = early.until(({ history }) => history.length > 0).then(() => followEvents(live.url));
    run = await training;
    last = await early.until(({ state }) => state.kind === 'complete');
    expect(last).toEqual(await fetchView());
    const second = await late;
    expect(await second.until(({ state }) => state.kind === 'complete')).toEqual(last);
    second.close();
    expect(early.names.filter((name) => name === 'view')).toHaveLength(1);
    expect(early.names.filter((name) => name === 'update').length).toBeGreaterThan(0);
  });

  test('leaves the bits as they are', () => {
    expect(run.result?.weightsSha256).toBe(golden.slice);
    expect(last.weightsSha256).toBe(golden.slice);
  });

  test('shows every epoch, step and validation image, and all time of the workers', () => {
    expect(last.history).toEqual(run.history.map(({ weightsSha256: _, ...row }) => row));
    expect(last.stepLosses.map(({ epochs }) => epochs)).toEqual(
      Array.from({ length: 26 }, (_, step) => Math.floor(step / 13) + ((step % 13) + 1) / 13),
    );
    expect(last.confusion?.epoch).toBe(2);
    expect(last.confusion?.matrix.flat().reduce((sum, count) => sum + count)).toBe(200);
    expect(last.workerTimes.map(({ worker, fromEpoch }) => [worker, fromEpoch])).toEqual([
      [0, 1],
      [1, 1],
      [0, 2],
      [1, 2],
    ]);
    const samples = last.workerTimes.map((time) => time.samples);
    expect(samples.reduce((sum, count) => sum + count)).toBe(1600);
    for (const { from, to, compute, update, wait, evaluation } of last.workerTimes) {
      expect(compute + update + wait + evaluation).toBeLessThanOrEqual((to - from) * 1.01);
    }
    expect(last.workerTimes.at(-1)?.to).toBeCloseTo(run.result?.seconds ?? 0);
    expect(last.progress.seconds).toBeCloseTo(run.result?.seconds ?? 0, 1);
    expect(last.progress).toMatchObject({ epoch: 2, epochs: 2, step: 13, done: 1 });
  });

  test('tells no path and no host', async () => {
    const text = await (await fetch(`${live.url}run.json`)).text();
    expect(text).not.toContain(folder);
    expect(text).not.toContain('/tmp');
    expect(last.run).toBe('run');
    expect(Object.keys(last.config)).not.toEqual(expect.arrayContaining(['data']));
  });

  test('serves a page that may load nothing from elsewhere, and nothing inline', async () => {
    const response = await fetch(live.url);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const html = await response.text();
    expect(html).not.toMatch(
      /<script(?![^>]* src=)|<style| style=| on\w+=|https?:(?!\/\/www\.w3\.org\/2000\/svg)/,
    );
    for (const path of ['page.js', 'page.css']) {
      expect((await fetch(`${live.url}${path}`, { method: 'HEAD' })).status).toBe(200);
    }
  });

  test('answers HEAD on the stream without holding a place', async () => {
    for (let count = 0; count < 3 * maximumViewers; count++) {
      expect((await fetch(`${live.url}events`, { method: 'HEAD' })).status).toBe(200);
    }
  });

  test('lets eight look, refuses a ninth in words, and has room again when one leaves', async () => {
    early.close();
    const viewers: EventClient[] = [];
    while (viewers.length < maximumViewers) viewers.push(await followEvents(live.url).catch(retryLater));
    const refused = await fetch(`${live.url}events`);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await refused.text()).toContain('8 pages are watching');
    viewers[0]?.close();
    await expect.poll(() => followEvents(live.url).then(() => 'seen')).toBe('seen');
  });
});

/** Viewers of before are gone as soon as the server has seen it. */
async function retryLater(): Promise<EventClient> {
  await expect
    .poll(() => fetch(`${live.url}events`, { method: 'HEAD' }).then(({ status }) => status))
    .toBe(200);
  return followEvents(live.url);
}
