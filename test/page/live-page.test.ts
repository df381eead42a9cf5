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

describe.skipIf(noBrowser !== undefined)(
  `the live page in Chromium${noBrowser ? ` (${noBrowser})` : ''}`,
  () => {
    let live: LiveRun;
    let watched: WatchedPage;
    let run: TrainedRun;

    beforeAll(async () => {
      live = await serveLivePage();
      watched = await browser.open(live.url, { viewport: { width: 1280, height: 900 } });
    });
    afterAll(() => live.close());

    test('waits for a run that has not begun', async () => {
      await watched.page.getByText('Waiting for the run to begin').waitFor();
    });

    test('shows a run as it goes, without being loaded again', async () => {
      const { page } = watched;
      await page.evaluate(() => Object.assign(window, { loadedOnce: true }));
      const training = live.train(sliceConfig({ runDir: join(folder, 'run'), workers: 2, epochs }));
      await page.waitForSelector('.key-figures');
      await untilMoreThan(1, watched);
      const rows = await rowsOf(watched);
      const before = await pictures(watched);
      await untilMoreThan(rows, watched);
      const after = await pictures(watched);
      expect(before).toHaveLength(4);
      for (const [index, picture] of after.entries()) expect(picture).not.toBe(before[index]);
      run = await training;
      expect(await page.evaluate(() => 'loadedOnce' in window)).toBe(true);
    });

    test('shows how it ended: state, hash of the weights, and a confusion matrix of all validation images', async () => {
      const { page } = watched;
      await page.getByText('Complete').first().waitFor();
      expect(await rowsOf(watched)).toBe(epochs);
      expect(await page.locator('.hash').textContent()).toBe(run.result?.weightsSha256);
      const counts = await page.locator('.confusion td:not(.recall)').allTextContents();
      expect(counts).toHaveLength(100);
      expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(validationSamples);
      expect(await page.title()).toBe('✓ run · lockstep');
      expect(await page.locator('progress').evaluate((bar: HTMLProgressElement) => bar.value)).toBe(1);
    });

    test('says in words what the charts show', async () => {
      const labels = await watched.page
        .getByRole('img')
        .evaluateAll((images) => images.map((image) => image.getAttribute('aria-label')));
      expect(labels).toEqual([
        expect.stringMatching(
          /^Loss over the epochs: training \d\.\d{4}, validation \d\.\d{4} after epoch 30\.$/,
        ),
        expect.stringMatching(/^Accuracy over the epochs: the best validation accuracy is \d+\.\d\d %/),
        expect.stringMatching(
          /^Throughput over time: [\d,]+ training samples per second at the end, of 2 workers\.$/,
        ),
        expect.stringMatching(/^Time of the workers: \d+\.\d % of it in gradient kernels; 0 restarts/),
      ]);
    });

    test('shows the values under the pointer', async () => {
      const { page } = watched;
      const chart = page.locator('section:has(h2:text-is("Accuracy"))');
      const plot = chart.locator('.u-over');
      await plot.scrollIntoViewIfNeeded();
      const box = await plot.boundingBox();
      if (box === null) throw new Error('no plot');
      await page.mouse.move(box.x + (box.width * 10) / epochs, box.y + 20);
      const tenth = run.history[9];
      await chart.getByText(`${((tenth?.validationAccuracy ?? 0) * 100).toFixed(2)} %`).waitFor();
    });

    test('asks its own server for four things and nobody else, and violates no policy', () => {
      expect(watched.requests).toEqual(
        ['', 'page.css', 'page.js', 'events'].map((path) => `${live.url}${path}`),
      );
      expect(watched.complaints).toEqual([]);
    });

    test.each(['light', 'dark'] as const)('is readable in the %s', async (colorScheme) => {
      const { page, complaints } = await browser.open(live.url, { colorScheme });
      await page.getByText('Complete').first().waitFor();
      expect(await faintTexts(page)).toEqual([]);
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(ground).toBe(colorScheme === 'light' ? 'rgb(245, 246, 248)' : 'rgb(14, 17, 22)');
      expect(complaints).toEqual([]);
    });

    test('fits on a phone', async () => {
      const { page } = await browser.open(live.url, { viewport: { width: 360, height: 740 } });
      await page.getByText('Complete').first().waitFor();
      expect(await horizontalOverflow(page)).toBe(0);
    });
  },
);

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
