/**
 * `npm run bench:floor`: the short form of the benchmark for continuous integration. Ends with exit code 1 where a ratio falls below
 * its floor, whatever the absolute figures are. Run from the root of the repository, after a build.
 */
import { Command } from 'commander';
import { runInterleaved } from '../src/coordinator/bench/interleave.ts';
import { parseCount } from '../src/coordinator/commands/argument-parsers.ts';
import { locateDataset } from '../src/coordinator/dataset/locate-dataset.ts';
import { formatCount } from '../src/coordinator/terminal/table.ts';
import { contestantNames as names } from './comparisons.ts';
import { floors, judgeFloor } from './floor/floors.ts';
import { measureFreeCores } from './floor/free-cores.ts';
import { lockstep } from './lockstep-run.ts';
import { pytorchDdp } from './peers.ts';
import { findPythonWithTorch, torchInstallCommand } from './python-with-torch.ts';
import { reportFailures } from './report-failures.ts';

reportFailures();
const options = new Command('npm run bench:floor --')
  .description('Compare briefly, and fail where a ratio is below its floor.')
  .option('--rounds <n>', 'how often each program runs at most', parseCount, 3)
  .option('--seconds <n>', 'begin no further round after so long', parseCount, 35)
  .option('--data <dir>', 'folder with the four IDX files (default: found or fetched as by lockstep train)')
  .option('--python <command>', 'a Python that can import torch (default: /usr/bin/python3, then python3)')
  .parse()
  .opts<{ rounds: number; seconds: number; data?: string; python?: string }>();

const began = performance.now();
const { directory } = await locateDataset({ directory: options.data });
const torch = findPythonWithTorch(options.python);
const missing = new Map(torch ? [] : [[names.ddp, `no Python with torch (${torchInstallCommand})`]]);
const contestants = [
  ...(torch === undefined ? [] : [pytorchDdp(names.ddp, torch.command, 2, 1, directory)]),
  // The first epoch warms up, and takes part in the figure of the run.
  lockstep(names.twoWorkers, 2, 2, directory),
  lockstep(names.oneWorker, 1, 2, directory),
];
const freeBefore = await measureFreeCores();
const speeds = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
for (let round = 1; round <= options.rounds; round++) {
  if (round > 1 && performance.now() - began > 1000 * options.seconds) break;
  await runInterleaved(contestants, 1, (_, name, { samplesPerSecond }) => {
    console.error(`round ${round}: ${name}, ${formatCount(samplesPerSecond)} samples/s`);
    speeds.get(name)?.push(samplesPerSecond);
  });
}
const freeCores = Math.min(freeBefore, await measureFreeCores());

const verdicts = floors.map((floor) => judgeFloor(floor, speeds, { missing, freeCores }));
for (const { line } of verdicts) console.log(line);
if (verdicts.some(({ state }) => state === 'broken')) process.exitCode = 1;
