import { setTimeout as sleep } from 'node:timers/promises';

/** What the watchers got, to see that they did watch. */
export interface Watched {
  scrapes: number;
  pageEvents: number;
}

const scrapeMilliseconds = 1000;

/**
 * Watches a run over HTTP as its users do: a Prometheus that scrapes each second, and a browser with the page open.
 * @param url of the run's server
 * @returns ends both when called
 */
export function watchRun(url: string): () => Promise<Watched> {
  const watched: Watched = { scrapes: 0, pageEvents: 0 };
  const end = new AbortController();
  const { signal } = end;
  // The run ends when it likes: what the watchers then complain about is of no interest.
  const watchers = Promise.allSettled([scrape(url, signal, watched), lookAtPage(url, signal, watched)]);
  return async () => {
    end.abort();
    await watchers;
    return watched;
  };
}

async function scrape(url: string, signal: AbortSignal, watched: Watched): Promise<void> {
  for (;;) {
    const response = await fetch(new URL('/metrics', url), { signal });
    await response.text();
    if (response.ok) watched.scrapes++;
    await sleep(scrapeMilliseconds, undefined, { signal });
  }
}

async function lookAtPage(url: string, signal: AbortSignal, watched: Watched): Promise<void> {
  for (const path of ['/', '/page.js', '/page.css'])
    await (await fetch(new URL(path, url), { signal })).text();
  const { body } = await fetch(new URL('/events', url), { signal });
  if (body === null) return;
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    watched.pageEvents += text.split('\n\n').length - 1;
  }
}
