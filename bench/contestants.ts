import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Contestant } from '../src/coordinator/bench/interleave.ts';
import { whyNotWide } from '../src/coordinator/wide-vectors.ts';
import { isOfOneCore, contestantNames as names, watchedEpochFactor } from './comparisons.ts';
import { lockstep } from './lockstep-run.ts';
import { hasMpi, mpiInstallCommand } from './mpi-launcher.ts';
import { type PeerCall, type PeerJob, peer, peerProgram, pytorchDdpCall } from './peers.ts';
import { torchInstallCommand } from './python-with-torch.ts';
import type { RunFigures } from './run-figures.ts';

/** Whom `--peers` can name. */
export const peerGroups = [
  'debian',
  'pytorch',
  'tensorflow',
  'jax',
  'onnxruntime',
  'tfjs',
  'mpi',
  'wide',
] as const;
export type PeerGroup = (typeof peerGroups)[number];

/** A contestant that cannot run here. */
export interface MissingContestant {
  name: string;
  /** The command that installs it, or why there is none. */
  nextStep: string;
}

export interface Selection {
  contestants: readonly Contestant<RunFigures>[];
  missing: readonly MissingContestant[];
}

export interface SelectionOptions extends PeerJob {
  /** Undefined: the few that the aims of the project speak of; `all`: those and everybody else. */
  groups: readonly PeerGroup[] | 'all' | undefined;
  /** Only what has one of these in its name, or is one of them, if that is a whole name; all, where there is none. */
  only: readonly string[];
  /** A Python that has Debian's PyTorch; undefined where there is none. */
  python: string | undefined;
}

/** All that is to run, in the order of a round, and what of it is missing. */
export function selectContestants(options: SelectionOptions): Selection {
  const { contestants, missing } = selectGroups(options);
  const { only, evaluates } = options;
  const isChosen = ({ name }: { name: string }) =>
    (only.length === 0 || only.some((words) => isNamed(name, words))) &&
    !(evaluates === true && isOfOneCore(name));
  return { contestants: contestants.filter(isChosen), missing: missing.filter(isChosen) };
}

/** Whether the name has these words. A whole name stands for that contestant alone, though it may be part of others' names. */
function isNamed(name: string, words: string): boolean {
  const isWholeName = Object.values<string>(names).includes(words);
  return isWholeName ? name === words : name.includes(words);
}

function selectGroups(options: SelectionOptions): Selection {
  if (options.groups === undefined) return selectUsual(options);
  if (options.groups !== 'all') return selectPeers(options.groups, options);
  const usual = selectUsual(options);
  const others = selectPeers(peerGroups, options);
  return {
    contestants: uniqueByName([...usual.contestants, ...others.contestants]),
    missing: uniqueByName([...usual.missing, ...others.missing]),
  };
}

function uniqueByName<Named extends { name: string }>(all: readonly Named[]): Named[] {
  return [...new Map(all.map((each) => [each.name, each])).values()];
}

/** Lockstep in all its forms, and Debian's PyTorch: minutes, on two cores. */
function selectUsual(options: SelectionOptions): Selection {
  const { epochs, data, evaluates = false } = options;
  const debian = debianPeers(options.python);
  const named = (wanted: string) =>
    toSelection(
      debian.filter(({ name }) => name === wanted),
      options,
    );
  const [ddp, oneThread] = [named(names.ddp), named(names.oneThread)];
  const observing = [
    lockstep(names.fourWorkers, 4, epochs, data),
    lockstep(names.observed, 2, watchedEpochFactor * epochs, data, 'everything'),
    lockstep(names.unobserved, 2, watchedEpochFactor * epochs, data, 'nothing'),
  ];
  return {
    contestants: [
      ...ddp.contestants,
      // They would reach the same accuracy as the same run without what they are about.
      ...(evaluates ? [] : observing),
      ...lockstepAlone(options),
      ...oneThread.contestants,
    ],
    missing: [...ddp.missing, ...oneThread.missing],
  };
}

/** The named groups, with what they are compared with. */
function selectPeers(groups: readonly PeerGroup[], options: SelectionOptions): Selection {
  const listed: Record<Exclude<PeerGroup, 'mpi' | 'wide'>, readonly ListedPeer[]> = {
    debian: debianPeers(options.python),
    ...newestPeers(),
    tfjs: tfjsPeers(options.evaluates ?? false),
  };
  const selections = groups.map((group) => {
    if (group === 'mpi') return underMpi(options);
    if (group === 'wide') return withWideVectors(options);
    return toSelection(listed[group], options);
  });
  return {
    contestants: [...lockstepAlone(options), ...selections.flatMap(({ contestants }) => contestants)],
    missing: selections.flatMap(({ missing }) => missing),
  };
}

/** A peer's call, or what helps where it cannot be called. */
type ListedPeer = { name: string; job?: Partial<PeerJob> } & (PeerCall | MissingContestant);

function toSelection(listed: readonly ListedPeer[], job: PeerJob): Selection {
  return {
    contestants: listed.flatMap((each) =>
      'command' in each ? [peer(each.name, each, { ...job, ...each.job })] : [],
    ),
    missing: listed.flatMap((each) => ('nextStep' in each ? [each] : [])),
  };
}

function lockstepAlone({ epochs, data, evaluates = false }: PeerJob): Contestant<RunFigures>[] {
  return [
    lockstep(names.twoWorkers, 2, epochs, data, 'default', { evaluates }),
    lockstep(names.oneWorker, 1, epochs, data, 'default', { evaluates }),
  ];
}

function underMpi({ epochs, data, evaluates = false }: PeerJob): Selection {
  if (!hasMpi()) return { contestants: [], missing: [{ name: names.ranks, nextStep: mpiInstallCommand }] };
  return {
    contestants: [lockstep(names.ranks, 1, epochs, data, 'default', { ranks: 2, evaluates })],
    missing: [],
  };
}

function withWideVectors({ epochs, data, evaluates = false }: PeerJob): Selection {
  const name = names.wideVectors;
  const { platform, arch, versions } = process;
  const problem = whyNotWide(versions.node, platform, arch);
  if (problem !== undefined) {
    const newerHelps = whyNotWide('24', platform, arch) === undefined;
    const nextStep = newerHelps
      ? 'npx -y -p node@24 npm run bench -- --peers wide'
      : `nothing helps: ${problem}`;
    return { contestants: [], missing: [{ name, nextStep }] };
  }
  const contestant = lockstep(name, 2, epochs, data, 'default', { evaluates, wideVectors: true });
  return { contestants: [contestant], missing: [] };
}

function debianPeers(python: string | undefined): ListedPeer[] {
  const threads = (name: string, count: number): ListedPeer =>
    python === undefined
      ? { name, nextStep: torchInstallCommand }
      : { name, ...pythonCall(python, 'pytorch.py', count) };
  return [
    python === undefined
      ? { name: names.ddp, nextStep: torchInstallCommand }
      : { name: names.ddp, ...pytorchDdpCall(python, 2) },
    threads(names.oneThread, 1),
    threads(names.twoThreads, 2),
  ];
}

/** Of PyPI, as bench/peers/setup.sh installs them. */
function newestPeers(): Record<'pytorch' | 'tensorflow' | 'jax' | 'onnxruntime', ListedPeer[]> {
  const listed = (
    name: string,
    installed: keyof ReturnType<typeof newestPeers>,
    call: (python: string) => PeerCall,
  ): ListedPeer => {
    const environment = join(
      process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
      'lockstep-bench',
      installed === 'onnxruntime' ? 'pytorch' : installed,
    );
    // Written when all is installed.
    return existsSync(join(environment, `installed-${installed}`))
      ? { name, ...call(join(environment, 'bin', 'python')) }
      : { name, nextStep: `npm run setup:peers -- ${installed}` };
  };
  const pytorch = (name: string, threads: number, ...flags: string[]) =>
    listed(name, 'pytorch', (python) => pythonCall(python, 'pytorch.py', threads, ...flags));
  return {
    pytorch: [
      listed(names.newestDdp, 'pytorch', (python) => pytorchDdpCall(python, 2)),
      pytorch(names.newestOneThread, 1),
      pytorch(names.newestTwoThreads, 2),
      pytorch(names.compiledOneThread, 1, '--compile'),
      pytorch(names.compiledTwoThreads, 2, '--compile'),
    ],
    tensorflow: [
      listed(names.tensorflow, 'tensorflow', (python) => pythonCall(python, 'tensorflow_keras.py', 2)),
    ],
    jax: [listed(names.jax, 'jax', (python) => pythonCall(python, 'jax_cpu.py', 2))],
    onnxruntime: [
      listed(names.onnxruntime, 'onnxruntime', (python) => pythonCall(python, 'onnx_runtime.py', 2)),
    ],
  };
}

function tfjsPeers(evaluates: boolean): ListedPeer[] {
  const isSetUp = existsSync(join('.devices', 'tensorflow', 'lockstep-part.json'));
  const listed = (name: string, threads: number, ...flags: string[]): ListedPeer =>
    isSetUp
      ? {
          name,
          command: process.execPath,
          program: join('build', 'bench', 'peers', 'tfjs.js'),
          flags,
          threads,
        }
      : { name, nextStep: 'npm run setup:cuda -- --tensorflow pypi --cpu' };
  return [
    listed(names.tfjsNode, 2, '--backend', 'tensorflow'),
    evaluates
      ? { name: names.tfjsCpu, nextStep: 'nothing helps: at some 25 samples/s ten epochs take five hours' }
      : { job: { epochs: 1 }, ...listed(names.tfjsCpu, 1, '--backend', 'cpu', '--batches', '2') },
    {
      name: names.tfjsWasm,
      nextStep:
        'nothing helps: it cannot train convolutions, @tensorflow/tfjs-backend-wasm 4.22 has no kernel Conv2DBackpropFilter',
    },
  ];
}

function pythonCall(command: string, program: string, threads: number, ...flags: string[]): PeerCall {
  return {
    command,
    program: peerProgram(program),
    flags: ['--threads', String(threads), ...flags],
    threads,
  };
}
