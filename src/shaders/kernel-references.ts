// What each kernel of a training or inference plan must compute, by the kernel's id: the checks of those with tiles, and
// the references of all others but the optimizers' and those that augment.

import type { AnyKernelReference } from './check-kernel.ts';
import { correctReference, reduceReference } from './gradient/checks.ts';
import {
  backwardDataReference,
  backwardWeightReference,
  poolBackwardReference as headPoolBackwardReference,
  poolReference as headPoolReference,
  linearReference,
} from './head/checks.ts';
import { kernelChecks } from './kernel-checks.ts';
import { fromNchwReference, packWeightsReference, toNchwReference } from './layout/checks.ts';
import {
  binaryCrossEntropyReference,
  crossEntropyReference,
  mixedCrossEntropyReference,
  totalReference,
} from './loss/checks.ts';
import { backwardReference as poolBackwardReference, forwardReference as poolForwardReference } from './pool/checks.ts';
import {
  commitReference,
  finalizeBackwardReference,
  finalizeReference,
  runningAffineReference,
} from './statistics/checks.ts';
import {
  poolBackwardReference as transitionPoolBackwardReference,
  poolReference as transitionPoolReference,
} from './transition/checks.ts';

const byKernel = (...references: readonly AnyKernelReference[]): ReadonlyMap<string, AnyKernelReference> =>
  new Map([...kernelChecks, ...references.map((reference) => [reference.kernel.id, reference] as const)]);

export const kernelReferences = /* @__PURE__ */ byKernel(
  fromNchwReference,
  toNchwReference,
  packWeightsReference,
  correctReference,
  reduceReference,
  headPoolReference,
  linearReference,
  backwardDataReference,
  backwardWeightReference,
  headPoolBackwardReference,
  crossEntropyReference,
  binaryCrossEntropyReference,
  mixedCrossEntropyReference,
  totalReference,
  poolForwardReference,
  poolBackwardReference,
  finalizeReference,
  finalizeBackwardReference,
  commitReference,
  runningAffineReference,
  transitionPoolReference,
  transitionPoolBackwardReference,
);
