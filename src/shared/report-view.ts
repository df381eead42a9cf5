import type { RunView } from './run-view.ts';

/** What a report shows: plain JSON. */
export interface ReportView {
  run: RunView;
  test: TestResults | MissingResults;
  /** When the report was made: `2026-11-24 14:02`. */
  made: string;
}

/** Why there are no test results, and what to do about it. */
export interface MissingResults {
  missing: string;
}

/** How the best weights of a run do on the test images. */
export interface TestResults {
  samples: number;
  /** Ratio, 0 to 1. */
  accuracy: number;
  /** Mean cross-entropy in nats. */
  loss: number;
  /** Row = true class, column = predicted class. */
  confusion: readonly (readonly number[])[];
  classes: readonly ClassResult[];
  /** The most confident ones, most confident first. */
  mistakes: readonly Mistake[];
}

/** Ratios from 0 to 1. */
interface ClassResult {
  name: string;
  precision: number;
  recall: number;
  f1: number;
  samples: number;
}

/** A test image that was taken for another class. */
export interface Mistake {
  /** Position in the test file, 0-based. */
  index: number;
  actual: number;
  predicted: number;
  /** Of the predicted class, 0 to 1. */
  probability: number;
  /** uint8[28, 28] grey values, base64. */
  image: string;
}
