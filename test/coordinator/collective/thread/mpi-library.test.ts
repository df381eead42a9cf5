import { describe, expect, test } from 'vitest';
import { loadKoffi } from '../../../../src/coordinator/collective/thread/koffi.ts';
import { libraryNames, openMpiLibrary } from '../../../../src/coordinator/collective/thread/mpi-library.ts';
import { ConfigError } from '../../../../src/shared/errors.ts';

const openMpi = { name: 'Open MPI', wireUp: 'pmix', rank: 0, size: 2 } as const;
const mpich = { name: 'MPICH', wireUp: 'pmi', rank: 0, size: 2 } as const;

describe('libraryNames', () => {
  test("begins with the launcher's own library, though both are installed", () => {
    expect(libraryNames(openMpi, 'linux')[0]).toBe('libmpi.so.40');
    expect(libraryNames(mpich, 'linux')[0]).toBe('libmpich.so.12');
  });

  test('knows the standard name', () => {
    for (const launcher of [openMpi, mpich, undefined]) {
      expect(libraryNames(launcher, 'linux')).toContain('libmpi_abi.so.1');
    }
  });

  test('are those of the system', () => {
    expect(libraryNames(openMpi, 'darwin')[0]).toBe('libmpi.40.dylib');
    expect(libraryNames(openMpi, 'darwin').every((name) => name.endsWith('.dylib'))).toBe(true);
    expect(libraryNames(openMpi, 'linux').some((name) => name.endsWith('.dylib'))).toBe(false);
  });
});

describe('openMpiLibrary', () => {
  /** A koffi that finds no library. */
  const blindKoffi = async () => {
    const koffi = await loadKoffi();
    return {
      ...koffi,
      load: (name: string | null) => koffi.load(name === null ? null : `/nowhere/${name}`),
    } as typeof koffi;
  };

  test.each([
    [openMpi, 'libmpi.so.40', 'libopenmpi3'],
    [mpich, 'libmpich.so.12', 'libmpich12'],
  ])(
    'without a library for %o, says what was tried, and what to install',
    async (launcher, name, debianPackage) => {
      const koffi = await blindKoffi();
      const open = () => openMpiLibrary(koffi, launcher);
      expect(open).toThrow(ConfigError);
      expect(open).toThrow(
        expect.objectContaining({
          message: expect.stringContaining(`No MPI library found: tried ${name}, `),
          nextStep: expect.stringMatching(`apt-get install ${debianPackage}.*--mpi-library PATH`),
        }),
      );
    },
  );
});

describe('loadKoffi', () => {
  test('says what to install where it is missing', async () => {
    // As Node says it for a package that is not there.
    const missing = () => import('koffi-that-is-not-installed' as string);
    await expect(loadKoffi(missing)).rejects.toThrow(ConfigError);
    await expect(loadKoffi(missing)).rejects.toMatchObject({
      message: expect.stringMatching(
        /needs the npm package koffi, which cannot be loaded: .*koffi-that-is-not/,
      ),
      nextStep: 'npm install koffi',
    });
  });
});
