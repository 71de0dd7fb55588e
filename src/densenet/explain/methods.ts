// What an explanation is asked for: names and options, without the code behind them.

import type { IntegratedGradientsOptions } from './integrated-gradients.ts';
import type { LongRun } from './long-run.ts';
import type { OcclusionOptions } from './occlusion.ts';
import type { SmoothGradOptions } from './smooth-grad.ts';

export const EXPLAIN_METHODS = [
  'cam',
  'grad-cam',
  'input-gradient',
  'input-x-gradient',
  'smooth-grad',
  'integrated-gradients',
  'occlusion',
] as const;
export type ExplainMethod = (typeof EXPLAIN_METHODS)[number];

/** Options are those of the method; what is left out is the method's default. */
export interface ExplainRequest
  extends Omit<SmoothGradOptions, keyof LongRun>,
    Omit<IntegratedGradientsOptions, keyof LongRun | 'baseline'>,
    Partial<Omit<OcclusionOptions, keyof LongRun>> {
  readonly method: ExplainMethod;
  /** The class, counted from 0. */
  readonly label: number;
  /** Grad-CAM: whose output; `featureTargets` has the names. Default: the last block. */
  readonly target?: string;
  /** Grad-CAM: without its ReLU. */
  readonly signed?: boolean;
}
