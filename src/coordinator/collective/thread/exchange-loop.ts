import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ExchangedSession } from '../../../shared/collective-protocol.ts';
import { type Rank, RankShare } from '../../../shared/rank-share.ts';
import { RunMemory } from '../../../shared/run-memory.ts';
import { StepCursor } from '../../../shared/step-cursor.ts';
import { StepPhases } from '../../../shared/step-phases.ts';
import { isExchange, phaseKinds, WorkQueue } from '../../../shared/work-queue.ts';
import type { Mpi } from './mpi.ts';
import { StepExchange } from './step-exchange.ts';

/** A sleeping thread looks up this often, and lets its event loop turn, so that the control channel is served. */
const turnMilliseconds = 50;

/**
 * Does the exchanges of a session, as the workers do its other tasks, until the signal is aborted. It never spins: before an
 * exchange there is work for every core.
 * @throws what an exchange failed with; the session cannot go on then
 */
export async function runExchanges(
  mpi: Mpi,
  { memory: wasmMemory, layout, plan, evaluationPlan, clips }: ExchangedSession,
  signal: AbortSignal,
): Promise<void> {
  const memory = new RunMemory(wasmMemory.buffer as unknown as SharedArrayBuffer, layout);
  const { buffer } = memory;
  const queue = new WorkQueue(buffer, layout);
  const cursor = new StepCursor(buffer, layout);
  const rank: Rank = { rank: mpi.rank, size: mpi.size };
  const share = new RankShare(plan, evaluationPlan, rank);
  const phases = new StepPhases({ queue, cursor, memory, plan, share, clips });
  const exchange = new StepExchange(mpi, memory, cursor, share, evaluationPlan.microBatch);
  let turnBegan = performance.now();
  while (!signal.aborted) {
    const { kind } = queue;
    if (isExchange(kind)) {
      if (kind === phaseKinds.exchangeGradients) exchange.exchangeGradients();
      else exchange.exchangeScores();
      queue.exclusively(() => {
        if (queue.finish(0)) phases.completePhase(queue.phaseSeconds);
      });
    } else {
      queue.waitForExchange(turnMilliseconds);
    }
    if (performance.now() - turnBegan > turnMilliseconds) {
      await nextTurn();
      turnBegan = performance.now();
    }
  }
}
