import type { Reporter, TestModule } from 'vitest/node';

/** Lists at the end which tests were skipped, and why: `ctx.skip('reason')` gives the reason, or the test's name holds it. */
export class SkipReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const lines: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result();
        const reason = result.state === 'skipped' && result.note !== undefined ? `: ${result.note}` : '';
        lines.push(`  ${module.relativeModuleId} > ${test.fullName}${reason}`);
      }
    }
    if (lines.length > 0) console.log(`\nSkipped ${lines.length}, with the reason:\n${lines.join('\n')}`);
  }
}
