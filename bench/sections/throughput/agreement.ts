// The very plan that is timed, held against a plan of one or two images, which has other tiles: an image's logits do not
// depend on the images beside it, and the gradients of a batch that repeats two images are those of the two. PyTorch's
// goldens hold the small plan's kernels; this carries it to the large one's.

import { relativeError } from '../../../src/densenet/golden/compare.ts';
import { Inference } from '../../../src/densenet/inference.ts';
import type { Precision } from '../../../src/densenet/plan/precision.ts';
import {
  type LoadedInference,
  makeTrainer,
  randomBatch,
  type LoadedWorkload,
  type LoadedTraining,
} from '../../loaded-workload.ts';

export type PlanValidation = {
  /** Images of the plan that it was held against. */
  readonly images: number;
  /** The tensor that is worst, its relative L2 error (null where it is not a number), and what is allowed. */
  readonly worst: string;
  readonly error: number | null;
  readonly allowed: number;
  readonly passed: boolean;
};

/**
 * Two orders of summation in float32, a few hundred layers deep; and a pre-activation that rounding puts on ReLU's other
 * side moves gradients by 1e-3 or so. Stored as f16, a value in some hundreds is rounded to the neighbour of what it was.
 * A wrong kernel is off by far more.
 */
const ALLOWED: Readonly<Record<Precision, { readonly logits: number; readonly gradients: number }>> = {
  f32: { logits: 1e-4, gradients: 2e-2 },
  'f16-storage': { logits: 5e-3, gradients: 0.1 },
};

/** Nothing to compare where one image is all there is. */
export async function validatePlan(subject: LoadedWorkload): Promise<PlanValidation | undefined> {
  if (subject.batch === 1) return undefined;
  return subject.mode === 'inference' ? ofLogits(subject) : ofGradients(subject);
}

async function ofLogits({
  model,
  batch,
  inference,
  images,
  precision,
}: LoadedWorkload & LoadedInference): Promise<PlanValidation> {
  const allowed = ALLOWED[precision];
  const { classes } = model.config;
  const values = images.length / batch;
  const all = await inference.logits(images, batch);
  const small = await Inference.create(model, { batch: 1, precision });
  try {
    const worst = new Worst();
    // The first, one in the middle and the last: tiles begin, span images, and end.
    for (const image of new Set([0, batch >> 1, batch - 1])) {
      const alone = await small.logits(images.slice(image * values, (image + 1) * values), 1);
      const error = relativeError(all.subarray(image * classes, (image + 1) * classes), alone);
      worst.add(`logits of image ${image}`, error, allowed.logits);
    }
    return worst.report(1);
  } finally {
    small.destroy();
  }
}

async function ofGradients({ model, batch, trainer }: LoadedWorkload & LoadedTraining): Promise<PlanValidation> {
  const { recompute = false, precision = 'f32' } = trainer.options;
  const allowed = ALLOWED[precision];
  const distinct = batch > 2 && batch % 2 === 0 ? 2 : 1;
  const many = await trainer.gradients(randomBatch(model, batch, distinct));
  const small = await makeTrainer(model, distinct, { recompute, precision });
  try {
    const few = await small.gradients(randomBatch(model, distinct));
    const worst = new Worst();
    worst.add('loss', Math.abs(many.loss - few.loss) / few.loss, allowed.logits);
    worst.add('logits', relativeError(many.logits.subarray(0, few.logits.length), few.logits), allowed.logits);
    for (const [name, { values }] of few.gradients) {
      worst.add(
        `gradient of ${name}`,
        relativeError(many.gradients.get(name)?.values ?? [], values),
        allowed.gradients,
      );
    }
    return worst.report(distinct);
  } finally {
    small.destroy();
  }
}

/** What is furthest from right, as a multiple of what is allowed; not a number is further than any. */
class Worst {
  private name = '';
  private error = 0;
  private allowed = 1;
  private excess = -1;

  add(name: string, error: number, allowed: number): void {
    const excess = Number.isFinite(error) ? error / allowed : Number.POSITIVE_INFINITY;
    if (excess <= this.excess) return;
    Object.assign(this, { name, error, allowed, excess });
  }

  report(images: number): PlanValidation {
    const { name: worst, error, allowed, excess } = this;
    return { images, worst, error: Number.isFinite(error) ? error : null, allowed, passed: excess <= 1 };
  }
}
