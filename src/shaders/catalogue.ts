// Every kernel by its id, for tests, benchmark and the shaders' hash. An id is the kernel's path in this folder; a test
// compares this list with the files.

import type { AnyKernel } from '../runtime/kernel.ts';
import { augmentCompose } from './augment/compose.ts';
import { augmentOperate } from './augment/operate.ts';
import { augmentTable } from './augment/table.ts';
import { conv1x1BackwardData } from './conv1x1/backward-data.ts';
import { conv1x1BackwardWeight } from './conv1x1/backward-weight.ts';
import { conv1x1Forward } from './conv1x1/forward.ts';
import { conv3x3BackwardData } from './conv3x3/backward-data.ts';
import { conv3x3BackwardWeight } from './conv3x3/backward-weight.ts';
import { conv3x3Forward } from './conv3x3/forward.ts';
import { gradientCorrect } from './gradient/correct.ts';
import { gradientReduce } from './gradient/reduce.ts';
import { headBackwardData } from './head/backward-data.ts';
import { headBackwardWeight } from './head/backward-weight.ts';
import { headLinear } from './head/linear.ts';
import { headPool } from './head/pool.ts';
import { headPoolBackward } from './head/pool-backward.ts';
import { layoutAugment } from './layout/augment.ts';
import { layoutFromNchw } from './layout/from-nchw.ts';
import { layoutPackWeights } from './layout/pack-weights.ts';
import { layoutToNchw } from './layout/to-nchw.ts';
import { lossBinaryCrossEntropy } from './loss/binary-cross-entropy.ts';
import { lossCrossEntropy } from './loss/cross-entropy.ts';
import { lossMixedCrossEntropy } from './loss/mixed-cross-entropy.ts';
import { lossTotal } from './loss/total.ts';
import { optimizerAdamw } from './optimizer/adamw.ts';
import { optimizerAverage } from './optimizer/average.ts';
import { optimizerClip } from './optimizer/clip.ts';
import { optimizerLamb } from './optimizer/lamb.ts';
import { optimizerLambNorms } from './optimizer/lamb-norms.ts';
import { optimizerLambTrust } from './optimizer/lamb-trust.ts';
import { optimizerLion } from './optimizer/lion.ts';
import { optimizerRmsprop } from './optimizer/rmsprop.ts';
import { optimizerSgd } from './optimizer/sgd.ts';
import { optimizerSquareNorm } from './optimizer/square-norm.ts';
import { poolBackward } from './pool/backward.ts';
import { poolForward } from './pool/forward.ts';
import { statisticsCommit } from './statistics/commit.ts';
import { statisticsFinalize } from './statistics/finalize.ts';
import { statisticsFinalizeBackward } from './statistics/finalize-backward.ts';
import { statisticsRunningAffine } from './statistics/running-affine.ts';
import { stemBackwardData } from './stem/backward-data.ts';
import { stemBackwardWeight } from './stem/backward-weight.ts';
import { stemForward } from './stem/forward.ts';
import { transitionPool } from './transition/pool.ts';
import { transitionPoolBackward } from './transition/pool-backward.ts';

/** A function, and without side effects: a bundler drops the kernels that nobody else uses. */
const kernels = (): readonly AnyKernel[] => [
  augmentCompose,
  augmentOperate,
  augmentTable,
  conv1x1BackwardData,
  conv1x1BackwardWeight,
  conv1x1Forward,
  conv3x3BackwardData,
  conv3x3BackwardWeight,
  conv3x3Forward,
  gradientCorrect,
  gradientReduce,
  headBackwardData,
  headBackwardWeight,
  headLinear,
  headPoolBackward,
  headPool,
  layoutAugment,
  layoutFromNchw,
  layoutPackWeights,
  layoutToNchw,
  lossBinaryCrossEntropy,
  lossCrossEntropy,
  lossMixedCrossEntropy,
  lossTotal,
  optimizerAdamw,
  optimizerAverage,
  optimizerClip,
  optimizerLamb,
  optimizerLambNorms,
  optimizerLambTrust,
  optimizerLion,
  optimizerRmsprop,
  optimizerSgd,
  optimizerSquareNorm,
  poolBackward,
  poolForward,
  statisticsCommit,
  statisticsFinalizeBackward,
  statisticsFinalize,
  statisticsRunningAffine,
  stemBackwardData,
  stemBackwardWeight,
  stemForward,
  transitionPoolBackward,
  transitionPool,
];

export const catalogue: ReadonlyMap<string, AnyKernel> = /* @__PURE__ */ (() =>
  new Map(kernels().map((kernel) => [kernel.id, kernel])))();
