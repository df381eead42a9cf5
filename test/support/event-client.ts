import type { RunView, RunViewUpdate } from '../../src/shared/run-view.ts';
import { applyUpdate } from '../../src/shared/run-view-update.ts';

/** One who follows a run as the page does. */
export interface EventClient {
  /** The view as it is by now; undefined before the first. */
  view(): RunView | undefined;
  /** Names of the events so far. */
  names: string[];
  /** Resolves with the view as soon as the condition holds. @throws Error when the stream ends before */
  until(condition: (view: RunView) => boolean): Promise<RunView>;
  close(): void;
}

/** @throws Error when the server refuses */
export async function followEvents(url: string): Promise<EventClient> {
  const stop = new AbortController();
  const response = await fetch(`${url}events`, { signal: stop.signal });
  if (response.status !== 200) throw new Error(`HTTP status ${response.status}`);
  let view: RunView | undefined;
  let hasEnded = false;
  const names: string[] = [];
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  void (async () => {
    let text = '';
    const body = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
    for await (const part of body) {
      text += part;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
        if (name === undefined || data === undefined) continue;
        names.push(name);
        if (name === 'view') view = JSON.parse(data) as RunView;
        else view = applyUpdate(view as RunView, JSON.parse(data) as RunViewUpdate);
        tell();
      }
    }
  })()
    .catch(() => {})
    .finally(() => {
      hasEnded = true;
      tell();
    });
  return {
    view: () => view,
    names,
    until: (condition) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (view !== undefined && condition(view)) resolve(view);
          else if (hasEnded) reject(new Error('the stream has ended'));
          else return;
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      }),
    close: () => stop.abort(),
  };
}
