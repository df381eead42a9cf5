import { fixed } from '../../../src/coordinator/bench/format-spread.ts';
import { type Spread, summarize } from '../../../src/coordinator/bench/statistics.ts';
import { formatCount } from '../../../src/coordinator/terminal/table.ts';
import type { ScalingInput } from '../inputs.ts';
import { formatRounds, formatSpread, markdownTable } from '../markdown.ts';
import { formatProvenance } from '../provenance.ts';
import type { Section } from '../section.ts';

type Measured = ScalingInput['measured'][number];

const none = '–';

const kinds = {
  strong: {
    heading: 'Strong scaling: the same batch, whoever shares it',
    text: 'Efficiency is the throughput of a worker by that of the one worker alone, round by round.',
  },
  weak: {
    heading: 'Weak scaling: a batch that grows with the workers',
    text: 'Each worker has as much to do in a step as one alone, so what the workers must agree on comes more rarely.',
  },
} as const;

/** Strong and weak scaling, work by the machine's peak, and where the time of a step goes: what `lockstep bench` measured. */
export function scalingSection(report: ScalingInput): Section {
  const provenance = formatProvenance(report, `${formatRounds(report.rounds)} of ${report.epochs} epochs`);
  const parts = [
    'Measured by `lockstep bench`, against what WebAssembly can get out of this machine at most: SIMD128 multiplications and additions of float32 with nothing else to do, by as many threads at ' +
      'once as the run has workers, the most of all rounds. Native code with wider vectors could do more. *Direct* counts the operations of the direct algorithm, whatever the kernels execute; *executed* counts what they really ' +
      'execute, which is less: Toom-Cook convolutions save multiplications. So the direct figure tells how much work gets done, and the executed one how well the processor is used.',
    ...operationsNote(report),
  ];
  for (const kind of ['strong', 'weak'] as const) {
    const ofKind = report.measured.filter(({ scaling }) => scaling === kind);
    if (ofKind.length === 0) continue;
    parts.push(`### ${kinds[kind].heading}`, kinds[kind].text, speedTable(ofKind), provenance);
  }
  const distinct = [...new Map(report.measured.map((each) => [each.name, each])).values()];
  if (distinct.some(({ runs }) => runs.some(({ meanStep }) => meanStep !== undefined))) {
    parts.push(
      '### Where the time of a step goes',
      'Means over the steps of the last epoch and over the workers; shares are medians of the rounds. *Wait* is for other workers, and bookkeeping.',
      stepTable(distinct),
      provenance,
    );
  }
  parts.push(
    '### Start-up and memory',
    'From the command to the first step; the largest resident set of the process, with all its threads; and what each worker beyond the first adds.',
    startTable(distinct),
    provenance,
  );
  return { title: 'Scaling, and how close to the peak', markdown: parts.join('\n\n'), pictures: new Map() };
}

/** What a sample of training takes, with its share of a step's Adam. */
function operationsNote({ measured, stepOperations = [] }: ScalingInput): string[] {
  const step = stepOperations[0];
  const direct = measured[0]?.sampleOperations?.direct;
  if (step === undefined || direct === undefined) return [];
  const { gradients, preparation, update, batchSize } = step;
  const ofSample = (kind: keyof typeof gradients) =>
    (gradients[kind] + preparation[kind] + update[kind]) / batchSize;
  const saved = 1 - ofSample('multiplications') / (direct / 2);
  return [
    `A sample takes ${formatCount(direct)} operations by the direct algorithm, half of them multiplications. The kernels execute ${formatCount(ofSample('multiplications'))} ` +
      `multiplications, ${formatCount(ofSample('additions'))} additions, and ${formatCount(ofSample('others'))} divisions, roots and maxima: ` +
      `${(100 * saved).toFixed(0)} % fewer multiplications, those of activations, loss and Adam counted in.`,
  ];
}

function speedTable(measured: readonly Measured[]): string {
  return markdownTable(
    [
      'workers',
      'samples/s',
      'efficiency',
      'direct, GFLOP/s',
      'of the peak, %',
      'executed, GFLOP/s',
      'of the peak, %',
      'peak, GFLOP/s',
    ],
    measured.map(({ name, samplesPerSecond, efficiency, direct, executed, peak }) => [
      name,
      formatSpread(samplesPerSecond),
      formatSpread(efficiency, fixed(2)),
      giga(direct?.operationsPerSecond),
      percent(direct?.ofPeak),
      giga(executed?.operationsPerSecond),
      percent(executed?.ofPeak),
      peak ? (1e-9 * peak.threads).toFixed(1) : none,
    ]),
  );
}

function stepTable(measured: readonly Measured[]): string {
  const phases = ['compute', 'reduce', 'optimizer', 'gather', 'wait'];
  return markdownTable(
    ['workers', 'step, ms', ...phases.map((phase) => `${phase}, %`)],
    measured.map(({ name, runs }) => {
      const steps = runs.flatMap(({ meanStep }) => (meanStep === undefined ? [] : [meanStep]));
      const share = (phase: string) =>
        summarizeSome(steps.map((step) => divide(step[`${phase}Seconds`], step['seconds'])));
      return [
        name,
        scaled(summarizeSome(steps.map(({ seconds }) => seconds)), 1000, 2),
        ...phases.map((phase) => scaled(share(phase), 100, 1)),
      ];
    }),
  );
}

function startTable(measured: readonly Measured[]): string {
  return markdownTable(
    ['workers', 'start-up, s', 'peak memory, MB', 'each further worker, MB'],
    measured.map(({ name, runs, bytesPerFurtherWorker }) => [
      name,
      formatSpread(
        runs.map(({ startupSeconds }) => startupSeconds),
        fixed(2),
      ),
      scaled(summarizeSome(runs.map(({ peakMemoryBytes }) => peakMemoryBytes)), 1e-6, 0),
      scaled(bytesPerFurtherWorker ?? undefined, 1e-6, 1),
    ]),
  );
}

function divide(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;
}

function summarizeSome(values: readonly (number | undefined)[]): Spread | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : summarize(known);
}

function scaled(spread: Spread | undefined, factor: number, digits: number): string {
  if (spread === undefined) return none;
  return formatSpread(spread, (value) => (factor * value).toFixed(digits));
}

function giga(spread: Spread | undefined): string {
  return spread === undefined ? none : (1e-9 * spread.median).toFixed(1);
}

function percent(spread: Spread | null | undefined): string {
  return scaled(spread ?? undefined, 100, 1);
}
