import type { RunView } from '../../shared/run-view.ts';
import { element, setText } from '../element.ts';
import { formatCount, formatKey, unknown } from '../format.ts';

/** Settings that everybody looks for; the others are listed apart as long as they are as they are by default. */
const essential: ReadonlySet<string> = new Set([
  'workers',
  'device',
  'epochs',
  'batchSize',
  'microBatch',
  'learningRate',
  'seed',
]);

/**
 * What the run was told, on what it ran, and the hash of what it made.
 * @param shape of a column, or over the whole page
 */
export function runDetails(shape: 'column' | 'wide') {
  const config = element('dl');
  const defaults = element('dl');
  const defaultsTitle = element('summary');
  const environment = element('dl');
  const hash = element('p', { class: 'hash' });
  const hashNote = element('p', { class: 'note' });
  let drawn = '';
  const root = element(
    'section',
    { class: `card details ${shape}` },
    element(
      'div',
      {},
      element('h2', { text: 'Settings' }),
      config,
      element('details', {}, defaultsTitle, defaults),
    ),
    element(
      'div',
      {},
      element('h2', { text: 'Environment' }),
      environment,
      element('h2', { text: 'Weights SHA-256' }),
      hash,
      hashNote,
    ),
  );
  return {
    root,
    draw: (view: RunView) => {
      setText(hash, view.weightsSha256 ?? unknown);
      setText(hashNote, describeHash(view));
      const content = [listConfig(view), listDefaults(view), listEnvironment(view)] as const;
      const text = JSON.stringify(content);
      if (text === drawn) return;
      drawn = text;
      for (const [index, list] of [config, defaults, environment].entries()) {
        list.replaceChildren(...(content[index] ?? []).flatMap(pair));
      }
      setText(defaultsTitle, `${content[1].length} more as by default`);
    },
  };
}

type Pair = readonly [name: string, value: string];

function pair([name, value]: Pair): HTMLElement[] {
  return [element('dt', { text: name }), element('dd', { text: value })];
}

function listConfig(view: RunView): Pair[] {
  const { trainingSamples, validationSamples } = view;
  const settings = listSettings(view, (key) => !isPlain(view, key));
  const samples: (readonly [string, number | undefined])[] = [
    ['training images', trainingSamples],
    ['validation images', validationSamples],
  ];
  const known = samples.flatMap(([name, count]): Pair[] =>
    count === undefined ? [] : [[name, formatCount(count)]],
  );
  return [...settings, ...known];
}

function listDefaults(view: RunView): Pair[] {
  return listSettings(view, (key) => isPlain(view, key));
}

function listSettings({ config }: RunView, isListed: (key: string) => boolean): Pair[] {
  return Object.entries(config)
    .filter(([key]) => isListed(key))
    .map(([key, value]) => [formatKey(key), String(value)]);
}

function isPlain({ defaults }: RunView, key: string): boolean {
  return defaults.includes(key) && !essential.has(key);
}

function listEnvironment({ environment, devices }: RunView): Pair[] {
  const kinds = [...new Set(devices)].join(', ');
  const device: Pair[] = kinds === '' ? [] : [['workers on', kinds]];
  if (environment === undefined) return [...device, ['versions', 'not kept: the run is not complete']];
  const { lockstep, node, v8, platform, cpu, cores } = environment;
  return [
    ['lockstep', lockstep],
    ['Node.js', node],
    ['V8', v8],
    ['platform', platform],
    ...(cpu === undefined ? [] : [['processor', cpu] as const]),
    ...(cores === undefined ? [] : [['cores', String(cores)] as const]),
    ...device,
  ];
}

function describeHash({ weightsSha256, state, history }: RunView): string {
  if (weightsSha256 === undefined) return 'after the first epoch';
  return state.kind === 'complete'
    ? 'of the final weights'
    : `of the weights after epoch ${history.at(-1)?.epoch}`;
}
