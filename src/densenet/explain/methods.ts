// What can be asked of an explanation: methods and their options, checked.

import { checkOptions, flag, must, oneOf, type Rules, required, whole } from '../../runtime/options.ts';
import { INTEGRATED_GRADIENTS_RULES, type IntegratedGradientsOptions } from './integrated-gradients.ts';
import type { ProgressOptions } from './micro-batches.ts';
import { OCCLUSION_RULES, type OcclusionOptions } from './occlusion.ts';
import { SMOOTH_GRAD_RULES, type SmoothGradOptions } from './smooth-grad.ts';

/** Names of all explanation methods; docs/explanations.md has a formula and a paper for each. */
export const EXPLAIN_METHODS = [
  'cam',
  'grad-cam',
  'input-gradient',
  'input-x-gradient',
  'smooth-grad',
  'integrated-gradients',
  'occlusion',
] as const;
/** Name of an explanation method. */
export type ExplainMethod = (typeof EXPLAIN_METHODS)[number];

/** Options are those of the method; left out, they are the method's defaults. */
export interface ExplainRequest
  extends Omit<SmoothGradOptions, keyof ProgressOptions>,
    Omit<IntegratedGradientsOptions, keyof ProgressOptions | 'baseline'>,
    Partial<Omit<OcclusionOptions, keyof ProgressOptions>> {
  /** Which explanation. */
  readonly method: ExplainMethod;
  /** The class, counted from 0. */
  readonly label: number;
  /** Grad-CAM: whose output; `featureTargets` has the names. Default: the last block. */
  readonly target?: string;
  /** Grad-CAM: without its ReLU. */
  readonly signed?: boolean;
}

const REQUEST = {
  method: required(oneOf(...EXPLAIN_METHODS)),
  label: required(whole(0, 2 ** 20)), // oneHot knows the number of classes
  target: must((value) => typeof value === 'string', "must be a module's name, such as denseblock4"),
  signed: flag,
  ...SMOOTH_GRAD_RULES,
  ...INTEGRATED_GRADIENTS_RULES,
  ...OCCLUSION_RULES,
} satisfies Rules<ExplainRequest>;

/** @throws ConfigError naming the option, its value and what is allowed */
export function checkRequest(request: unknown): asserts request is ExplainRequest {
  checkOptions<ExplainRequest>('options of an explanation', request, REQUEST);
}
