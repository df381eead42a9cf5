import { DataError } from '../../shared/errors.ts';

interface DownloadOptions {
  /** Until the response's headers are there. */
  connectTimeoutMs: number;
  /** Between two pieces of the body. */
  stallTimeoutMs: number;
  maximumBytes: number;
  onProgress?: (receivedBytes: number, totalBytes: number | undefined) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Streams the body of a URL; nothing is kept.
 *
 * @throws DataError when the host cannot be reached, answers with a status other than success, stalls, breaks off or
 *   sends more than `maximumBytes`; the signal's reason when the signal aborts
 */
export async function* download(url: string, options: DownloadOptions): AsyncGenerator<Uint8Array> {
  const { connectTimeoutMs, stallTimeoutMs, maximumBytes, onProgress, signal } = options;
  const deadline = new AbortController();
  const abortAfter = (milliseconds: number, problem: string) =>
    setTimeout(() => {
      deadline.abort(new DataError(`${url}: ${problem} within ${milliseconds / 1000} s.`));
    }, milliseconds);
  let timer = abortAfter(connectTimeoutMs, 'no answer');
  try {
    const response = await fetch(url, {
      signal: signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]),
      // The files are gzip by themselves; a content encoding would be undone by fetch() and falsify the byte counts.
      headers: { 'accept-encoding': 'identity' },
    });
    if (!response.ok || response.body === null) {
      throw new DataError(`${url}: HTTP status ${response.status} ${response.statusText}, expected 200.`);
    }
    const declared = Number(response.headers.get('content-length') ?? Number.NaN);
    const totalBytes = Number.isSafeInteger(declared) ? declared : undefined;
    if (totalBytes !== undefined && totalBytes > maximumBytes) throw tooLarge(url, totalBytes, maximumBytes);
    let receivedBytes = 0;
    clearTimeout(timer);
    timer = abortAfter(stallTimeoutMs, 'no data');
    for await (const chunk of response.body) {
      // The reader's own time, on a slow disk for one, is not the host's.
      clearTimeout(timer);
      receivedBytes += chunk.length;
      if (receivedBytes > maximumBytes) throw tooLarge(url, receivedBytes, maximumBytes);
      onProgress?.(receivedBytes, totalBytes);
      yield chunk;
      timer = abortAfter(stallTimeoutMs, 'no data');
    }
  } catch (error) {
    if (error instanceof DataError || signal?.aborted === true) throw error;
    throw new DataError(`${url}: ${networkProblem(error)}.`, undefined, error);
  } finally {
    clearTimeout(timer);
    // Closes the connection where the reader stops early; without effect after the last byte.
    deadline.abort();
  }
}

function tooLarge(url: string, bytes: number, maximumBytes: number): DataError {
  return new DataError(`${url}: at least ${bytes} bytes, expected at most ${maximumBytes}.`);
}

/** fetch() says only "fetch failed" or "terminated"; what happened stands in the cause. */
function networkProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  // Several addresses of one host give an AggregateError with an empty message.
  const code = 'code' in cause ? String(cause.code) : '';
  return cause.message || code || error.message;
}
