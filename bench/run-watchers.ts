import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the watchers got, to see that they did watch. */
export interface Watched {
  scrapes: number;
  pageEvents: number;
}

const scrapeMilliseconds = 1000;

/**
 * Watches a run over HTTP as its users do: a Prometheus that scrapes each second, and a browser with the page open. They share
 * the machine with the run, so they are no heavier than they must be.
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
  const agent = new Agent({ keepAlive: true });
  for (;;) {
    const response = await request(new URL('/metrics', url), signal, agent);
    for await (const _ of response);
    if (response.statusCode === 200) watched.scrapes++;
    await sleep(scrapeMilliseconds, undefined, { signal });
  }
}

async function lookAtPage(url: string, signal: AbortSignal, watched: Watched): Promise<void> {
  for (const path of ['/', '/page.js', '/page.css']) {
    for await (const _ of await request(new URL(path, url), signal));
  }
  for await (const bytes of await request(new URL('/events', url), signal)) {
    // Each event ends with an empty line; several may arrive together.
    watched.pageEvents += (bytes as Buffer).toString('latin1').split('\n\n').length - 1;
  }
}

function request(url: URL, signal: AbortSignal, agent?: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { signal, agent }, resolve).on('error', reject);
  });
}
