import type { RunState, RunView } from '../../shared/run-view.ts';
import { element, setText } from '../element.ts';
import { formatDuration, formatPercent } from '../format.ts';

const stateNames: Record<RunState['kind'], string> = {
  training: 'Training',
  validating: 'Validating',
  complete: 'Complete',
  interrupted: 'Interrupted, can be resumed',
  failed: 'Failed',
  incomplete: 'Not complete',
};

/** Which run it is, how it stands and how far it has come. */
export function runHeader(kind: 'run' | 'report') {
  const name = element('h1');
  const stateName = element('span');
  // A screen reader says when it changes; of the short validations it says nothing.
  const spoken = element('span', { class: 'visually-hidden', attributes: { role: 'status' } });
  const state = element(
    'p',
    { class: 'state', attributes: { 'aria-hidden': 'true' } },
    element('span', { class: 'dot' }),
    stateName,
  );
  const reason = element('p', { class: 'reason' });
  const bar = element('progress', { attributes: { max: '1', 'aria-label': 'Progress of the run' } });
  const where = element('span');
  const left = element('span');
  const root = element(
    'header',
    {},
    element('p', { class: 'brand', text: kind === 'report' ? 'lockstep report' : 'lockstep' }),
    element('div', { class: 'run-name' }, name, state, spoken),
    reason,
    bar,
    element('p', { class: 'progress-text' }, where, left),
  );
  return {
    root,
    draw: (view: RunView) => {
      const { progress } = view;
      setText(name, view.run);
      setText(stateName, stateNames[view.state.kind]);
      setText(spoken, stateNames[view.state.kind === 'validating' ? 'training' : view.state.kind]);
      state.dataset['kind'] = view.state.kind;
      setText(reason, view.state.kind === 'failed' ? view.state.reason : '');
      reason.hidden = view.state.kind !== 'failed';
      bar.value = progress.done;
      document.title = `${titleMark(view)} ${view.run} · lockstep`;
      setText(where, kind === 'report' ? countEpochs(view) : describePosition(view));
      setText(left, describeLeft(view));
    },
  };
}

function titleMark({ state, progress }: RunView): string {
  if (state.kind === 'complete') return '✓';
  if (state.kind === 'failed') return '✗';
  return formatPercent(progress.done, 0);
}

function describePosition({ progress }: RunView): string {
  const { epoch, epochs, step, stepsPerEpoch } = progress;
  return `Epoch ${epoch} of ${epochs} · step ${step} of ${stepsPerEpoch}`;
}

function countEpochs({ progress, history }: RunView): string {
  return `${history.at(-1)?.epoch ?? 0} of ${progress.epochs} epochs`;
}

function describeLeft({ progress }: RunView): string {
  const done = formatPercent(progress.done, progress.done < 1 ? 1 : 0);
  if (progress.secondsLeft === undefined) return done;
  return `${done} · ${formatDuration(progress.secondsLeft)} left`;
}
