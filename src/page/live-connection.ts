import type { RunView, RunViewUpdate } from '../shared/run-view.ts';
import { applyUpdate } from '../shared/run-view-update.ts';

export type ConnectionState = 'waiting' | 'open' | 'lost' | 'crowded' | 'ended';

/** Follows the run over server-sent events, and connects again until the run says that it is over. */
export function followRun(
  onView: (view: RunView) => void,
  onConnection: (state: ConnectionState) => void,
): void {
  let view: RunView | undefined;
  const source = new EventSource('/events');

  const show = (now: RunView) => {
    view = now;
    onView(now);
    if (!isOver(now)) {
      onConnection('open');
      return;
    }
    source.close();
    onConnection('ended');
  };
  source.addEventListener('open', () => {
    if (view === undefined) onConnection('waiting');
  });
  source.addEventListener('view', (event) => show(JSON.parse(event.data) as RunView));
  source.addEventListener('update', (event) => {
    if (view !== undefined) show(applyUpdate(view, JSON.parse(event.data) as RunViewUpdate));
  });
  source.addEventListener('error', () => {
    // The browser gives up for good where it was refused; else it tries again by itself.
    if (source.readyState !== EventSource.CLOSED) onConnection('lost');
    else void showOnce();
  });

  /** The view as it is now: where others watch already, better than nothing. */
  const showOnce = async () => {
    const response = await fetch('/run.json').catch(() => undefined);
    if (response?.ok) onView((await response.json()) as RunView);
    onConnection(response === undefined ? 'lost' : 'crowded');
  };
}

function isOver({ state }: RunView): boolean {
  return state.kind !== 'training' && state.kind !== 'validating';
}
