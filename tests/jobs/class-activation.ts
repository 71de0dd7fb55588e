// A class activation map's own promise, on the GPU's numbers: its mean plus the class's bias is the class's logit, for
// every image and class of a run, also of one that is shorter than the plan's batch, and where features are f16. And the same logits from shaders
// that are not unrolled.

import { classActivationMap, readHead } from '../../src/densenet/explain/cam.ts';
import { relativeError } from '../../src/densenet/golden/compare.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import { PORTABLE_PRECISIONS } from '../../src/densenet/plan/feature-map.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { sharedGpu } from './shared-gpu.ts';
import { BATCH, floatBatch, SMALL } from './small-network.ts';

export type ClassActivationReport = {
  /** Relative L2 error of the maps' logits against the run's, for a whole batch and for one image less, in each precision. */
  readonly errors: readonly number[];
  /** Largest spread (standard deviation over mean size) of a map: an even one explains nothing. */
  readonly spread: number;
  /** Relative L2 error of the logits of rolled shaders, against unrolled ones. */
  readonly rolledError: number;
};

export const classActivation = defineJob(
  'class-activation',
  async (_request, { gpu, now }): Promise<ClassActivationReport> => {
    const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
    const model = await DenseNet.create(device, { ...SMALL, height: 37, width: 29 });
    const values = model.config.inputChannels * model.config.height * model.config.width;
    const { images: few } = floatBatch(5);
    const images = Float32Array.from({ length: BATCH * values }, (_, i) => few[(i * 7) % few.length] ?? Number.NaN);
    const errors: number[] = [];
    let spread = 0;
    const runs = PORTABLE_PRECISIONS.flatMap((precision) => [BATCH, BATCH - 1].map((count) => ({ precision, count })));
    for (const { precision, count } of runs) {
      const inference = await Inference.create(model, { batch: BATCH, keepFeatures: true, precision });
      const logits = await inference.logits(images.subarray(0, (count * images.length) / BATCH), count);
      const head = await readHead(inference);
      const explained = Array.from(logits, (_, i) => {
        const [image, label] = [Math.floor(i / head.classes), i % head.classes];
        const map = classActivationMap(head, image, label);
        const mean = map.reduce((sum, v) => sum + v, 0) / map.length;
        spread = Math.max(
          spread,
          Math.sqrt(map.reduce((sum, v) => sum + (v - mean) ** 2, 0) / map.length) / Math.abs(mean),
        );
        return mean + (head.bias[label] ?? Number.NaN);
      });
      errors.push(relativeError(explained, logits));
    }
    const [unrolled, rolled] = await Promise.all(
      [true, false].map(async (unroll) => {
        const inference = await Inference.create(model, { batch: BATCH, keepFeatures: true, unroll });
        return inference.logits(images, BATCH);
      }),
    );
    const rolledError = relativeError(rolled ?? [], unrolled ?? []);
    device.destroy();
    return { errors, spread, rolledError };
  },
);
