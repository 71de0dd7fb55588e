// What the job `verify` has found, for whoever shows it: without what it takes to find it.

import type { Certificate } from '../densenet/certify/certificate.ts';
import type { Precision } from '../densenet/plan/feature-map.ts';

export interface VerifyReport {
  readonly file: string;
  readonly adapter: string;
  readonly parameters: number;
  readonly precision: Precision;
  readonly passed: boolean;
  /** A line per group; empty where the file expects nothing. */
  readonly groups: readonly VerifyGroup[];
  /** Distinct kernel variants of the inference plan and the training plan. */
  readonly variants: readonly string[];
  /** What it is worth against float64, where that was asked for. */
  readonly certificate?: Certificate;
}

export interface VerifyGroup {
  readonly group: string;
  readonly tensors: number;
  /** How many of them are off by more than is allowed. */
  readonly failed: number;
  readonly passed: boolean;
  readonly worst: string;
  /** Relative L2 error; null where it is not a number. */
  readonly error: number | null;
  readonly allowed: number;
  /** As a multiple of PyTorch's own float32 error; null where the file does not say. */
  readonly timesFloat32: number | null;
}

/**
 * Whether the GPU is right. A certificate says more than the comparison with PyTorch, whose tolerance of float32's error a flipped ReLU
 * exceeds on any GPU.
 */
export const isVerified = ({ passed, certificate }: Pick<VerifyReport, 'passed' | 'certificate'>): boolean =>
  certificate ? certificate.verdict !== 'wrong' : passed;
