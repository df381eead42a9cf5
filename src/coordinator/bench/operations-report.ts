import { formatCount } from '../terminal/table.ts';
import type { OperationCounts } from './operations/count-arithmetic.ts';
import type { OperationsOfSamples } from './operations/operations-of-samples.ts';
import type { MeasuredCombination, Peak } from './scaling.ts';

/** What a reader must know of the operations behind the table, a line each; nothing where the processor computed nothing. */
export function explainOperations(
  measured: readonly MeasuredCombination[],
  { direct, steps }: OperationsOfSamples,
): string {
  const step = steps[0];
  const first = measured.find(({ executed }) => executed !== undefined);
  if (step === undefined || first?.sampleOperations.executed === undefined) return explainDirect(direct);
  const parts: (keyof OperationCounts)[] = ['multiplications', 'additions', 'others'];
  const ofSample = (kind: keyof OperationCounts) =>
    (step.gradients[kind] + step.preparation[kind] + step.update[kind]) / step.batchSize;
  const [multiplications, additions, others] = parts.map(ofSample) as [number, number, number];
  const saved = 1 - multiplications / (direct / 2);
  return [
    explainDirect(direct),
    `executed: what the kernels do for a sample, ${formatCount(multiplications)} multiplications, ` +
      `${formatCount(additions)} additions and ${formatCount(others)} divisions, roots and maxima ` +
      `(${first.name}); ${(100 * saved).toFixed(0)} % fewer multiplications than the direct algorithm, all others counted in`,
    ...explainPeak(measured),
  ].join('\n');
}

function explainDirect(direct: number): string {
  return `direct: the network's multiply-adds, forward and backward, ${formatCount(direct)} operations a sample`;
}

function explainPeak(measured: readonly MeasuredCombination[]): string[] {
  const computed = measured.filter(({ peak, executed }) => peak !== undefined && executed !== undefined);
  if (computed.length === 0) return [];
  const { workers, peak, sampleOperations } = computed.reduce((most, each) =>
    each.workers > most.workers ? each : most,
  );
  const { core, threads } = peak as Peak;
  const ofCore = (threads / workers / core).toFixed(2);
  const together =
    workers === 1
      ? ''
      : `, ${giga(threads)} GFLOP/s by ${workers} threads together (an efficiency of ${ofCore})`;
  const possible = formatCount(threads / (sampleOperations.executed as number));
  return [
    `peak: SIMD128 multiplications and additions with nothing else to do, the most of all rounds, ${giga(core)} GFLOP/s ` +
      `on one core${together}; all executed operations at that speed would be ${possible} samples/s`,
  ];
}

function giga(operationsPerSecond: number): string {
  return (1e-9 * operationsPerSecond).toFixed(1);
}
