import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cpuGeneration, describeMachine } from '../../../src/coordinator/bench/machine.ts';
import { currentMachine } from '../../../src/coordinator/machine.ts';

const x86 = `processor\t: 0
vendor_id\t: AuthenticAMD
cpu family\t: 25
model\t\t: 17
model name\t: AMD EPYC
`;
const arm64 = 'processor\t: 0\nBogoMIPS\t: 50.00\nCPU architecture: 8\nCPU part\t: 0xd0c\n';

describe('cpuGeneration', () => {
  test('is family and model, where Linux tells them', () => {
    expect(cpuGeneration(x86)).toEqual(['family 25 model 17']);
  });

  test.each([arm64, ''])('is nothing elsewhere: %j', (text) => {
    expect(cpuGeneration(text)).toEqual([]);
  });
});

test.skipIf(process.platform !== 'linux')(
  'describeMachine tells processor and generation apart, of Linux',
  () => {
    const { cpu, cores } = currentMachine();
    const generation = cpuGeneration(readFileSync('/proc/cpuinfo', 'utf8'));
    expect(describeMachine()).toMatchObject({ cpu: [cpu, ...generation].join(', '), cores });
  },
);
