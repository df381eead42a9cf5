import { open } from 'node:fs/promises';
import { ConfigError } from '../../shared/errors.ts';
import { GrowingFile } from '../observers/growing-file.ts';
import type { Observer } from '../observers/observer.ts';
import { TraceRecorder } from './trace-recorder.ts';

/**
 * Begins a trace of the run that is about to be trained, with a `traceCapacity`. The file is an array of events, so that one
 * whose process was killed, and which has no end, can still be opened.
 * @param onNotice told of what the trace lacks
 * @throws ConfigError when the file cannot be made
 */
export async function traceRun(path: string, onNotice: (text: string) => void): Promise<Observer> {
  const handle = await open(path, 'w').catch((error: Error) => {
    throw new ConfigError(
      [`trace must be a file that can be written, got ${path} (${error.message}).`],
      'Name a file in a folder that exists and that you may write to.',
    );
  });
  const file = new GrowingFile(Promise.resolve(handle), (error) => {
    const reason = error instanceof Error ? error.message : String(error);
    onNotice(`the trace ${path} is incomplete: ${reason}; the run goes on.`);
  });
  file.append('[\n');
  const recorder = new TraceRecorder((bytes) => file.append(bytes));
  return {
    listener: recorder.listener,
    close: async () => {
      recorder.stop();
      file.append('\n]\n');
      await file.close();
      if (recorder.lost > 0) {
        onNotice(
          `the trace ${path} lacks ${recorder.lost} spans: the workers wrote them faster than they were read.`,
        );
      }
    },
  };
}
