import { describe, expect, test } from 'vitest';
import { runProbe } from '../../../src/coordinator/devices/run-probe.ts';
import type { ProbedKind } from '../../../src/shared/probe-findings.ts';

const file = new URL('../../fixtures/probe-process.mjs', import.meta.url);
const probe = (end: string, deadlineMilliseconds = 30_000) =>
  runProbe(end as ProbedKind, { file, deadlineMilliseconds });
const findings = { adapters: [], installed: true };

describe('runProbe', () => {
  test('gives what the process found and printed', async () => {
    expect(await probe('done')).toEqual({ findings, output: 'last words\n' });
  });

  test('a process that aborts leaves its first findings, and how it ended', async () => {
    const outcome = await probe('abort');
    expect(outcome).toMatchObject({ findings, ended: 'was ended by SIGABRT' });
    expect(outcome.output).toContain('last words');
  });

  test('a process that hangs is killed', async () => {
    expect(await probe('hang', 3_000)).toMatchObject({ findings, ended: 'did not answer for 3 s' });
  });
});
