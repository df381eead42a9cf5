import { describe, expect, test } from 'vitest';
import { installCommand } from '../../../src/coordinator/devices/system-packages.ts';

describe('installCommand', () => {
  test.each([
    { release: 'NAME="Debian"\nVERSION_ID="12"\nID=debian\n', command: 'apt-get install libvulkan1' },
    { release: 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', command: 'apt-get install libvulkan1' },
    { release: 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', command: 'dnf install vulkan-loader' },
    { release: 'ID=arch\n', command: 'pacman -S vulkan-icd-loader' },
    { release: '', command: 'Debian: apt-get install libvulkan1' },
  ])('is "$command"', ({ release, command }) => {
    expect(installCommand('vulkanLoader', release)).toBe(command);
  });
});
