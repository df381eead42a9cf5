import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installPart, type PartPlan } from '../../src/setup/install-part.ts';
import { readPartRecord } from '../../src/worker/tfjs/optional-parts.ts';

describe('installPart', () => {
  let partsFolder: string;
  let steps: string[];
  let builds: number;

  beforeEach(async () => {
    partsFolder = await mkdtemp(join(tmpdir(), 'lockstep-parts-'));
    steps = [];
    builds = 0;
  });

  afterEach(() => rm(partsFolder, { recursive: true, force: true }));

  const plan = (changes: Partial<PartPlan> = {}): PartPlan => ({
    part: 'webgpu',
    partsFolder,
    contents: { thing: '1' },
    requiredBytes: 1,
    build: async (workFolder) => {
      builds += 1;
      await mkdir(join(workFolder, 'lib'));
      await writeFile(join(workFolder, 'lib', 'file'), 'the content');
      return { found: 'out' };
    },
    onStep: (text) => steps.push(text),
    ...changes,
  });

  test('puts in place what was built, with its record', async () => {
    expect(await installPart(plan())).toBe(true);
    expect(await readFile(join(partsFolder, 'webgpu', 'lib', 'file'), 'utf8')).toBe('the content');
    expect(readPartRecord('webgpu', partsFolder)).toMatchObject({
      contents: { thing: '1' },
      details: { found: 'out' },
    });
    expect(await readdir(partsFolder)).toEqual(['webgpu']);
  });

  test('does nothing the second time', async () => {
    await installPart(plan());
    expect(await installPart(plan())).toBe(false);
    expect(builds).toBe(1);
  });

  test.each([
    ['a changed file', (folder: string) => writeFile(join(folder, 'lib', 'file'), 'the C0ntent')],
    ['a lost file', (folder: string) => rm(join(folder, 'lib', 'file'))],
    ['a file too many', (folder: string) => writeFile(join(folder, 'lib', 'more'), '')],
    ['a damaged record', (folder: string) => writeFile(join(folder, 'lockstep-part.json'), '{')],
  ])('builds again over %s', async (_, damage) => {
    await installPart(plan());
    await damage(join(partsFolder, 'webgpu'));
    expect(await installPart(plan())).toBe(true);
    expect(builds).toBe(2);
    expect(await installPart(plan())).toBe(false);
  });

  test('replaces a part with other contents, and says what changes', async () => {
    await installPart(plan());
    expect(await installPart(plan({ contents: { thing: '2' } }))).toBe(true);
    expect(steps).toContain('Replacing what is there: thing 1 -> 2');
    expect(await readdir(partsFolder)).toEqual(['webgpu']);
  });

  test('leaves nothing behind when the build fails', async () => {
    await expect(installPart(plan({ build: failingBuild }))).rejects.toThrow('no luck');
    expect(await readdir(partsFolder)).toEqual([]);
  });

  test('leaves the part of before in place when the build of another fails', async () => {
    await installPart(plan());
    const other = plan({ contents: { thing: '2' }, build: failingBuild });
    await expect(installPart(other)).rejects.toThrow('no luck');
    expect(await readdir(partsFolder)).toEqual(['webgpu']);
    expect(await installPart(plan())).toBe(false);
  });

  test('removes the folders of killed runs, not those of runs that go on or of other machines', async () => {
    const living = `webgpu.new-${hostname()}-${process.ppid}`;
    const elsewhere = `webgpu.new-other.host-${endedProcess()}`;
    const killed = `webgpu.new-${hostname()}-${endedProcess()}`;
    const reusedId = `webgpu.new-${hostname()}-${process.pid}`;
    for (const name of [living, elsewhere, killed, reusedId]) await mkdir(join(partsFolder, name));
    await installPart(plan());
    expect((await readdir(partsFolder)).sort()).toEqual(['webgpu', living, elsewhere].sort());
  });

  test('puts the old part back when a run was killed between its two renames', async () => {
    await installPart(plan());
    const aside = join(partsFolder, `webgpu.old-${hostname()}-${endedProcess()}`);
    await mkdir(aside);
    await writeFile(join(aside, 'stale'), '');
    await installPart(plan());
    expect(await readdir(partsFolder)).toEqual(['webgpu']);
    await rename(join(partsFolder, 'webgpu'), aside);
    expect(await installPart(plan())).toBe(false);
    expect(builds).toBe(1);
  });

  test('refuses a disk that is too small before it builds', async () => {
    const huge = plan({ requiredBytes: Number.MAX_SAFE_INTEGER });
    await expect(installPart(huge)).rejects.toThrow(/free, expected at least 9007199\.3 GB/);
    expect(builds).toBe(0);
    expect(await readdir(partsFolder)).toEqual([]);
  });

  async function failingBuild(workFolder: string): Promise<never> {
    await writeFile(join(workFolder, 'half'), '');
    throw new Error('no luck');
  }
});

/** The id of a process that is no more. */
function endedProcess(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}
