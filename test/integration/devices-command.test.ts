import { describe, expect, test } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { missingForSoftwareGpu, softwareGpuEnvironment } from '../support/software-gpu.ts';

interface Report {
  name: string;
  problem?: string;
  nextStep?: string;
}

const find = (reports: readonly Report[], kind: string) =>
  reports.filter(({ name }) => name.startsWith(kind));

describe('lockstep devices', () => {
  test('lists the processor, and for each kind a device or a problem with what helps', async () => {
    const { stdout, exitCode } = await runCli(['devices', '--json']);
    expect(exitCode).toBe(0);
    const { devices } = JSON.parse(stdout) as { devices: Report[] };
    expect(devices[0]).toMatchObject({ name: 'cpu', isSoftware: false });
    for (const kind of ['cuda', 'webgpu']) {
      const reports = find(devices, kind);
      expect(reports.length).toBeGreaterThan(0);
      for (const { problem, nextStep } of reports) {
        if (problem === undefined) continue;
        expect(problem).toMatch(/\w.*/);
        expect(nextStep).toMatch(/\w/);
      }
    }
  });

  test('lists a GPU in software as such, in the table and as JSON', async (context) => {
    const missing = missingForSoftwareGpu();
    if (missing !== undefined) context.skip(missing);
    const options = { environment: softwareGpuEnvironment };
    const { devices } = JSON.parse((await runCli(['devices', '--json'], options)).stdout);
    expect(find(devices, 'webgpu')).toMatchObject([
      {
        model: 'SwiftShader Device (Subzero)',
        vendor: 'google',
        architecture: 'swiftshader',
        isSoftware: true,
      },
    ]);
    const { stdout } = await runCli(['devices'], options);
    expect(stdout).toMatch(/^device +what +driver +memory$/m);
    expect(stdout).toMatch(
      /^webgpu:SwiftShader Device +SwiftShader Device \(Subzero\), in software +SwiftShader/m,
    );
  });

  test('without any driver for Vulkan, says so and how to get one', async (context) => {
    const missing = missingForSoftwareGpu();
    if (missing !== undefined) context.skip(missing);
    const { stdout } = await runCli(['devices'], { environment: { VK_ICD_FILENAMES: '/nowhere.json' } });
    expect(stdout).toMatch(/^webgpu cannot be used: no Vulkan driver offers a GPU\.$/m);
    expect(stdout).toMatch(/^ {2}What helps: .*mesa/m);
  });
});
