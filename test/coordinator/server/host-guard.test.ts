import { describe, expect, test } from 'vitest';
import { isLoopback, isMeantForLoopback } from '../../../src/coordinator/server/host-guard.ts';

describe('isMeantForLoopback', () => {
  test.each([
    '127.0.0.1:9464',
    '127.0.0.1',
    '192.168.1.7:80',
    '[::1]:9464',
    'localhost:9464',
    'LocalHost',
    'lockstep.localhost:8000',
    'trainer:9464',
    undefined,
  ])('takes %s at a server that was told to listen at "Trainer"', (header) => {
    expect(isMeantForLoopback(header, 'Trainer')).toBe(true);
  });

  test.each([
    'evil.example:9464',
    'evil.example',
    'localhost.evil.example',
    'evillocalhost',
    '127.0.0.1.evil.example:9464',
    'trainer.evil.example',
    '',
    'two words',
    '[::1',
  ])('refuses "%s"', (header) => {
    expect(isMeantForLoopback(header, 'trainer')).toBe(false);
  });
});

describe('isLoopback', () => {
  test('tells addresses of this machine alone from others', () => {
    for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
      expect(isLoopback(address), address).toBe(true);
    }
    for (const address of ['0.0.0.0', '::', '192.168.1.7', '10.127.0.1', '::ffff:10.0.0.1']) {
      expect(isLoopback(address), address).toBe(false);
    }
  });
});
