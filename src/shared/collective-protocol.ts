import type { BatchPlan } from './batch-plan.ts';
import type { Launcher } from './launcher.ts';
import type { MemoryLayout } from './memory-layout.ts';

/** What the thread that calls MPI is told at its start. */
interface CollectiveOptions {
  launcher: Launcher;
  /** Path of the MPI library; found by name where it is not given. */
  library: string | undefined;
  /** How long a call may wait for the other ranks. */
  timeoutSeconds: number;
  /** float64[1]: when the call began that the thread is blocked in, by `wallClockSeconds`; 0 while it is in none. */
  blockedSince: Float64Array;
}

/** The shared memory of a session whose steps are exchanged with other ranks, and how its work is cut. */
export interface ExchangedSession {
  memory: WebAssembly.Memory;
  layout: MemoryLayout;
  plan: BatchPlan;
  evaluationPlan: BatchPlan;
  /** Whether the update must know the norm of the whole gradient. */
  clips: boolean;
}

export interface CollectiveDescription {
  rank: number;
  size: number;
  /** Such as `Open MPI v4.1.4`. */
  library: string;
}

/** How a call ended: of an error that crosses threads as it is, little would be left. */
export type CallOutcome<T> =
  | { value: T }
  | { problems: readonly string[]; nextStep: string | undefined; exitCode: number };

/** What the coordinator calls on the thread that calls MPI, over Comlink. Each call blocks that thread until all ranks are in it. */
export interface CollectiveControl {
  start(options: CollectiveOptions): Promise<CallOutcome<CollectiveDescription>>;
  /** What each rank gives, by rank. */
  gather(bytes: Uint8Array): Promise<CallOutcome<Uint8Array[]>>;
  /** What rank 0 gives. */
  broadcast(bytes: Uint8Array): Promise<CallOutcome<Uint8Array>>;
  barrier(): Promise<CallOutcome<void>>;
  /** Serves the exchanges of a session until `release`, or until one fails. */
  serve(session: ExchangedSession): Promise<CallOutcome<void>>;
  release(): void;
  /** Leaves MPI; nothing can be called after it. */
  finish(): Promise<CallOutcome<void>>;
  /** Ends all ranks; does not return. */
  abort(exitCode: number): void;
}
