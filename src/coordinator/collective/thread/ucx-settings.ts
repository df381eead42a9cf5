import type { Koffi } from './koffi.ts';

/**
 * UCX, which MPICH and others communicate by, takes for granted that it is loaded before a second thread starts. Here others run: it
 * would replace the machine code of `munmap` and `brk` under their feet, and move the end of the heap to and fro to see whether that
 * took effect, so that one start in 60 ended with a segmentation fault
 * (https://github.com/openucx/ucx/blob/master/src/ucm/mmap/install.c, ucm_mmap_init). And it would take the fault signals that are
 * V8's, and hang in a report about one instead of letting the process end.
 */
const ucxSettings = { UCX_MEM_MMAP_HOOK_MODE: 'none', UCX_HANDLE_ERRORS: 'none' } as const;

/** Has UCX leave this process as it is, unless its user set otherwise; to be called before a library is loaded that has it. */
export function restrainUcx(koffi: Koffi): void {
  // process.env of a thread is a copy, which native code does not see.
  const setIfMissing = koffi
    .load(null)
    .func('int setenv(const char *name, const char *value, int overwrite)');
  for (const [name, value] of Object.entries(ucxSettings)) setIfMissing(name, value, 0);
}
