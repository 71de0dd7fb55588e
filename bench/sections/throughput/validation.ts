// Right before fast, in two steps. First what this GPU computes is compared with PyTorch's numbers, forward, backward and
// update, on two networks of the kind that is to be timed: one is small and awkward, one has the paper's maps and growth, for
// their tiles. Then the very plan that is timed is compared with a plan of one or two images, which has other tiles: an
// image's logits do not depend on the images beside it, and the gradients of a batch that repeats two images are those of
// the two. PyTorch's goldens validate the small plan's kernels; this carries it to the large one's.

import { compareTensors, groupReports, relativeError } from '../../../src/densenet/golden/compare.ts';
import { readGolden } from '../../../src/densenet/golden/golden.ts';
import { runGolden } from '../../../src/densenet/golden/run.ts';
import { Inference } from '../../../src/densenet/inference.ts';
import type { Precision } from '../../../src/densenet/plan/feature-map.ts';
import { PRESETS } from '../../../src/densenet/presets.ts';
import type { Device } from '../../../src/runtime/device.ts';
import {
  createTrainer,
  type LoadedInference,
  type LoadedTraining,
  type LoadedWorkload,
  randomBatch,
} from '../../loaded-workload.ts';
import type { Mode, Workload } from '../../workloads.ts';
import type { CheckGroup, CheckReport, NetworkKind, PlanValidation } from './schema.ts';

/** Files of tests/golden. */
export const GOLDENS: Readonly<Record<NetworkKind, readonly string[]>> = {
  imagenet: ['imagenet-odd.safetensors', 'paper-maps-imagenet.safetensors'],
  deep: ['paper-maps-deep.safetensors'],
  bottleneck: ['bc-nothing-aligned.safetensors', 'paper-maps-bottleneck.safetensors'],
  plain: ['plain-narrow-one-image.safetensors', 'paper-maps-plain.safetensors'],
};

export function kindOf({ model }: Pick<Workload, 'model'>): NetworkKind {
  const { stem, bottleneckWidth } = PRESETS[model];
  if (stem !== 'cifar') return stem;
  return bottleneckWidth > 0 ? 'bottleneck' : 'plain';
}

/**
 * Also names the kernel variants that ran.
 * @throws DataError where `golden` is no golden file; GpuError, DeviceLostError
 */
export async function checkDevice(
  device: Device,
  { kind, precision, file }: Pick<CheckReport, 'kind' | 'precision' | 'file'>,
  golden: Uint8Array,
): Promise<{ report: CheckReport; variants: readonly string[] }> {
  const expected = readGolden(golden, file);
  const { tensors, variants } = await runGolden(device, expected, { precision });
  const groups = groupReports(compareTensors(expected, tensors, precision)).map(
    ({ group, worst, passed }): CheckGroup => ({
      group,
      worst: worst.name,
      error: Number.isFinite(worst.error) ? worst.error : null,
      allowed: worst.allowed,
      passed,
    }),
  );
  const passed = groups.length > 0 && groups.every((group) => group.passed);
  return { report: { kind, precision, file, passed, groups, variants: variants.length }, variants };
}

/** What of a check a mode rests on and is wrong: inference needs logits, training everything. */
export const wrongGroup = ({ groups }: CheckReport, mode: Mode): CheckGroup | undefined =>
  groups.find(({ group, passed }) => !passed && (mode === 'training' || group === 'eval.logits'));

/**
 * Two orders of summation in float32, a few hundred layers deep; and a pre-activation that rounding puts on ReLU's other
 * side moves gradients by 1e-3 or so. Stored as f16, a value in some hundreds is rounded to the neighbour of what it was.
 * A wrong kernel is off by far more.
 */
const ALLOWED: Readonly<Record<Precision, { readonly logits: number; readonly gradients: number }>> = {
  f32: { logits: 1e-4, gradients: 2e-2 },
  'f16-storage': { logits: 5e-3, gradients: 0.1 },
  'f16-matrix': { logits: 1e-2, gradients: 0.2 },
};

/** Nothing to compare where one image is all there is. */
export async function validatePlan(loaded: LoadedWorkload): Promise<PlanValidation | undefined> {
  if (loaded.batch === 1) return undefined;
  return loaded.mode === 'inference' ? ofLogits(loaded) : ofGradients(loaded);
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
  const small = await createTrainer(model, distinct, { recompute, precision });
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
    this.name = name;
    this.error = error;
    this.allowed = allowed;
    this.excess = excess;
  }

  report(images: number): PlanValidation {
    const { name: worst, error, allowed, excess } = this;
    return { images, worst, error: Number.isFinite(error) ? error : null, allowed, passed: excess <= 1 };
  }
}
