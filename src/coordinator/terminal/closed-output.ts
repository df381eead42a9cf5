/**
 * Whoever read the output may leave, as `head` does, or a `tee` that is killed: what is written then is lost, and that alone. A
 * training goes on, and every command ends with the exit code of what it did.
 */
export function outliveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
