import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrainedRun } from '../../src/coordinator/training-options.ts';
import { writeWeights } from '../../src/coordinator/weights-file.ts';
import { parameterCount } from '../../src/shared/parameters.ts';
import {
  faintTexts,
  horizontalOverflow,
  noBrowser,
  startBrowser,
  type WatchedPage,
} from '../support/browser.ts';
import { type LiveRun, serveLivePage } from '../support/live-run.ts';
import { sliceConfig, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const browser = startBrowser();
const epochs = 30;
const validationSamples = 200;

function rowsOf({ page }: WatchedPage): Promise<number> {
  return page.locator('.epochs tbody tr').count();
}

/** Resolves when more epochs are listed. */
function untilMoreThan(rows: number, { page }: WatchedPage): Promise<unknown> {
  return page.waitForFunction((few) => document.querySelectorAll('.epochs tbody tr').length > few, rows);
}

/** What the charts show, as one text. */
function pictures({ page }: WatchedPage): Promise<string[]> {
  return page.evaluate(() => [...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL()));
}

const otherEnds = `the live page in Chromium, when things go wrong${noBrowser ? ` (${noBrowser})` : ''}`;

describe.skipIf(noBrowser !== undefined)(otherEnds, () => {
  test('says that the connection is lost, and keeps what it has', async () => {
    const live = await serveLivePage();
    const stop = new AbortController();
    const config = sliceConfig({ runDir: join(folder, 'lost'), workers: 1, epochs: 1000 });
    const training = live.train(config, { signal: stop.signal });
    const { page } = await browser.open(live.url);
    await page.waitForSelector('.epochs tbody tr');
    await live.close();
    await page.getByText('The connection is lost').waitFor();
    expect(await page.locator('.epochs tbody tr').count()).toBeGreaterThan(0);
    stop.abort();
    await training;
  });

  test('says why a run failed', async () => {
    const live = await serveLivePage();
    const init = join(folder, 'huge <img src=x>.safetensors');
    await writeWeights(init, new Float32Array(parameterCount).fill(1e38), {});
    const { page, complaints } = await browser.open(live.url);
    const config = sliceConfig({ runDir: join(folder, 'failed'), init });
    await expect(live.train(config)).rejects.toThrow('is not finite');
    await page.getByText(/epoch 1: .* is not finite in step 1/).waitFor();
    expect(await page.locator('.state').textContent()).toBe('Failed');
    expect(await page.getByText('huge <img src=x>.safetensors').count()).toBe(1);
    expect(await page.locator('img').count()).toBe(0);
    expect(complaints).toEqual([]);
    await live.close();
  });
});
