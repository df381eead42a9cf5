import { metricsContentType } from './run-metrics.ts';

/** Of a push, from the connection to the answer. */
const timeoutMilliseconds = 5_000;

/** A Pushgateway, and the group in it that a process pushes to. */
export class Pushgateway {
  /** Without user and password: for people. */
  readonly shownUrl: string;
  readonly #url: string;
  readonly #headers: Record<string, string>;

  /**
   * @param url http or https, with user and password where the gateway wants them; where its path names a group
   *   (`…/metrics/job/nightly`), that one is taken, else one of the instance's own
   * @param instance tells this process from all others that push
   */
  constructor(url: string, instance: string) {
    const target = new URL(url);
    const { username, password } = target;
    target.username = '';
    target.password = '';
    target.hash = '';
    this.#headers = { 'content-type': metricsContentType };
    if (username !== '' || password !== '') {
      const credentials = Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64');
      this.#headers['authorization'] = `Basic ${credentials}`;
    }
    this.shownUrl = `${target.origin}${target.pathname}`;
    if (!/\/metrics\/job(@base64)?\//.test(target.pathname)) {
      const base = target.pathname.replace(/\/+$/, '');
      target.pathname = `${base}/metrics/job/lockstep/instance/${instance}`;
    }
    this.#url = target.href;
  }

  /**
   * Replaces what the group holds.
   * @param text in Prometheus' format
   * @param signal gives up before the time limit of 5 s
   * @throws Error with one line on why it did not arrive
   */
  async push(text: string, signal: AbortSignal): Promise<void> {
    const timeout = AbortSignal.timeout(timeoutMilliseconds);
    let response: Response;
    try {
      response = await fetch(this.#url, {
        method: 'PUT',
        headers: this.#headers,
        body: text,
        signal: AbortSignal.any([timeout, signal]),
      });
    } catch (error) {
      const reason = timeout.aborted ? `no answer within ${timeoutMilliseconds / 1000} s` : reasonOf(error);
      throw new Error(reason, { cause: error });
    }
    // The connection is free for the next push only once its answer is done with.
    await response.body?.cancel();
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  }
}

/** As a URL spells it; a percent sign that begins no escape stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `fetch` tells what went wrong in the cause of its error; of several addresses that failed, the first has a code. */
function reasonOf(error: unknown): string {
  const cause = (error as Error).cause as
    | (NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] })
    | undefined;
  return cause?.code ?? cause?.errors?.[0]?.code ?? cause?.message ?? (error as Error).message;
}
