import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeReport } from '../../src/coordinator/report/write-report.ts';
import {
  faintTexts,
  horizontalOverflow,
  noBrowser,
  startBrowser,
  type WatchedPage,
} from '../support/browser.ts';
import { runCli } from '../support/run-cli.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const run = join(folder, 'run');
const browser = startBrowser();

async function reportOf(path: string): Promise<string> {
  const written = await writeReport(
    { run: path, output: undefined, data: undefined, workers: 2 },
    { onNotice: () => {} },
  );
  return pathToFileURL(written.path).href;
}

describe.skipIf(noBrowser !== undefined)(`a report in Chromium${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  let url: string;
  let watched: WatchedPage;

  beforeAll(async () => {
    await runCli([
      ...['train', '--data', sliceDirectory, '--run-dir', run, '--epochs', '4', '--workers', '2'],
      ...['--learning-rate', '0.01', '--no-metrics'],
    ]);
    url = await reportOf(run);
    watched = await browser.open(url);
    await watched.page.waitForSelector('.key-figures');
  });

  test('opens from a file, asks for nothing, and violates no policy', () => {
    expect(watched.requests).toEqual([url]);
    expect(watched.complaints).toEqual([]);
  });

  test('shows what the page of the run showed, and the test images', async () => {
    const { page } = watched;
    const headings = await page.locator('h2').allTextContents();
    expect(headings).toEqual([
      ...['Loss', 'Accuracy', 'Throughput', 'Time of the workers', 'Confusion matrix', 'Classes'],
      ...['Misclassified test images', 'Settings', 'Environment', 'Weights SHA-256', 'Epochs'],
    ]);
    const result = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'));
    expect(await page.locator('.hash').textContent()).toBe(result.weightsSha256);
    const counts = await page.locator('.confusion td:not(.recall)').allTextContents();
    expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(200);
    expect(await page.getByText('4 of 4 epochs').count()).toBe(1);
    expect(await page.locator('.epochs tbody tr').count()).toBe(4);
  });

  test('draws each misclassified image, in the ink of the page', async () => {
    const inks = await watched.page.locator('.gallery canvas').evaluateAll((canvases) =>
      (canvases as HTMLCanvasElement[]).map((canvas) => {
        const context = canvas.getContext('2d') as CanvasRenderingContext2D;
        const { data } = context.getImageData(0, 0, 28, 28);
        return data.reduce((sum, value, index) => sum + (index % 4 === 3 ? value : 0), 0);
      }),
    );
    expect(inks.length).toBeGreaterThan(20);
    for (const ink of inks) expect(ink).toBeGreaterThan(1000);
  });

  test.each(['light', 'dark'] as const)('is readable in the %s', async (colorScheme) => {
    const { page } = await browser.open(url, { colorScheme });
    await page.waitForSelector('.key-figures');
    expect(await faintTexts(page)).toEqual([]);
  });

  test('fits on a phone', async () => {
    const { page } = await browser.open(url, { viewport: { width: 360, height: 740 } });
    await page.waitForSelector('.key-figures');
    expect(await horizontalOverflow(page)).toBe(0);
  });

  test('draws the schedule of a run whose learning rate changes', async () => {
    const scheduled = join(folder, 'scheduled');
    await runCli([
      ...['train', '--data', sliceDirectory, '--run-dir', scheduled, '--epochs', '4', '--no-metrics'],
      ...['--learning-rate', '0.02', '--schedule', 'cosine', '--warmup-epochs', '1'],
    ]);
    const { page, complaints } = await browser.open(await reportOf(scheduled));
    const picture = page.getByRole('img', {
      name: 'Learning rate over the epochs: schedule cosine, at most 0.02.',
    });
    await picture.waitFor();
    // Before pixels are read, of which Chromium complains.
    expect(complaints).toEqual([]);
    // High after the warm-up, low at the end.
    const isDrawn = await picture.locator('canvas').evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      const column = (share: number) => {
        const x = Math.round(canvas.width * share);
        const { data } = context.getImageData(x, 0, 1, Math.round(canvas.height * 0.8));
        const rows = [...Array(data.length / 4).keys()];
        // Blue, as the training's curves are.
        return rows.filter(
          (row) =>
            (data[4 * row + 2] as number) > (data[4 * row] as number) + 80 &&
            (data[4 * row + 3] as number) > 200,
        );
      };
      const [atPeak, atEnd] = [column(0.35), column(0.9)];
      return atPeak.length > 0 && atEnd.length > 0 && Math.max(...atPeak) < Math.min(...atEnd);
    });
    expect(isDrawn).toBe(true);
  });

  test('runs nothing of what a hostile run folder says', async () => {
    const evil = `</script><script>document.title = 'taken'</script><img src=x onerror="document.title = 'taken'">`;
    const hostile = join(folder, `<img src=x onerror=document.title='taken'>`);
    cpSync(run, hostile, { recursive: true });
    const result = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'));
    writeFileSync(
      join(hostile, 'result.json'),
      JSON.stringify({
        ...result,
        machine: { cpu: evil, cores: 2 },
        versions: { ...result.versions, node: evil },
      }),
    );
    const { page, complaints } = await browser.open(await reportOf(hostile));
    await page.waitForSelector('.key-figures');
    expect(await page.title()).toBe(`✓ <img src=x onerror=document.title='taken'> · lockstep`);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.getByText(evil).count()).toBe(2);
    expect(complaints).toEqual([]);
  });
});
