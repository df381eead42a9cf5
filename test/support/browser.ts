import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll } from 'vitest';

/** Debian's package chromium. */
const chromiumPath = '/usr/bin/chromium';

/** Why tests in a browser are skipped; undefined where they are not. */
export const noBrowser = existsSync(chromiumPath) ? undefined : `no ${chromiumPath}`;

/** An open page, and everything in it that should not be. */
export interface WatchedPage {
  page: Page;
  /** Errors and warnings of the console, violations of the page's policy, and requests that failed or went elsewhere. */
  complaints: string[];
  requests: string[];
}

/** Opens pages in one headless browser, which ends with the tests of the file: to be called outside of tests. */
export function startBrowser(): {
  open(url: string, options?: BrowserContextOptions): Promise<WatchedPage>;
} {
  let browser: Promise<Browser> | undefined;
  afterAll(async () => (await browser)?.close());
  return {
    open: async (url, options = {}) => {
      // Its sandbox refuses to run as root.
      const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
      browser ??= chromium.launch({ executablePath: chromiumPath, args });
      const context = await (await browser).newContext(options);
      const page = await context.newPage();
      const watched: WatchedPage = { page, complaints: [], requests: [] };
      watch(watched, new URL(url).origin);
      await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => {
          console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI}`);
        });
      });
      await page.goto(url);
      return watched;
    },
  };
}

function watch({ page, complaints, requests }: WatchedPage, origin: string): void {
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const url = request.url();
    if (url.startsWith('data:')) return;
    requests.push(url);
    if (new URL(url).origin !== origin) complaints.push(`request to ${url}`);
  });
}

/** Texts of the page that stand out too little against what is behind them (WCAG 2.2, AA: a ratio of 4.5). */
export function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    if (canvas === null) throw new Error('no canvas');
    const rgba = (colour: string) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data] as [number, number, number, number];
    };
    const luminance = (colour: string) => {
      const [red, green, blue] = rgba(colour).map((channel) => {
        const value = channel / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      }) as [number, number, number];
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const groundOf = (element: Element | null): string => {
      if (element === null) return 'white';
      const ground = getComputedStyle(element).backgroundColor;
      return rgba(ground)[3] === 255 ? ground : groundOf(element.parentElement);
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const faint: string[] = [];
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      const text = texts.currentNode.textContent?.trim();
      if (element === null || !text || !element.checkVisibility() || element.closest('script, style'))
        continue;
      const both = [luminance(getComputedStyle(element).color), luminance(groundOf(element))];
      const ratio = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
      if (ratio < 4.5) faint.push(`${ratio.toFixed(2)}: ${text}`);
    }
    return faint;
  });
}

/** How far the page reaches beyond the screen to the right, in pixels. */
export function horizontalOverflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}
