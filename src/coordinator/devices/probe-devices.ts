import type { DeviceReport } from '../../shared/device-report.ts';

/** What this machine has of the kinds named. */
export async function probeDevices(kinds: readonly string[]): Promise<readonly DeviceReport[]> {
  return kinds.map((name) => ({
    name,
    model: '',
    isSoftware: false,
    problem: 'this version has no engine for it.',
    nextStep: 'Use --device cpu.',
  }));
}
