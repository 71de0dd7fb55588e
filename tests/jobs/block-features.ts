// The features of every block after a run that keeps them, against float64: all channels of all blocks, of the last
// image of a batch, with running statistics and affine maps that are not those of a fresh network.

import { readBlockFeatures } from '../../src/densenet/explain/feature-reuse.ts';
import { relativeError } from '../../src/densenet/golden/compare.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { initialize } from '../../src/densenet/initialize.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import type { PORTABLE_PRECISIONS } from '../../src/densenet/plan/feature-map.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { plainForward } from './plain-forward.ts';
import { sharedGpu } from './shared-gpu.ts';
import { BATCH, SMALL } from './small-network.ts';

export type BlockFeaturesReport = {
  /** Relative L2 error of each block's features, in float32 and in f16. */
  readonly errors: Readonly<Record<(typeof PORTABLE_PRECISIONS)[number], readonly number[]>>;
};

export const blockFeatures = defineJob(
  'block-features',
  async (_request, { gpu, now }): Promise<BlockFeaturesReport> => {
    const network = buildNetwork({ ...SMALL, blockLayers: [2, 3], height: 37, width: 29 });
    const { inputChannels: channels, height, width } = network.config;
    const random = createRandom(3);
    const state = new Map(
      [...toStateDict(network, initialize(network, 5))].map(([name, { shape, values }]) => {
        if (shape.length > 1) return [name, { shape, values }] as const;
        const spread = values.map((value) => value + 0.2 * random.normal());
        return [name, { shape, values: name.endsWith('running_var') ? spread.map(Math.abs) : spread }] as const;
      }),
    );
    const size = channels * height * width;
    const images = Float32Array.from({ length: BATCH * size }, () => random.normal());
    const image = BATCH - 1;
    const values = Float64Array.from(images.subarray(image * size));
    const expected = plainForward(network, state, { channels, height, width, values });
    const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
    const model = await DenseNet.create(device, network.config, { state });
    const errorsIn = async (precision: (typeof PORTABLE_PRECISIONS)[number]) => {
      const inference = await Inference.create(model, { batch: BATCH, keepFeatures: 'all', precision });
      await inference.logits(images, BATCH);
      const errors: number[] = [];
      for (const [block, maps] of expected.blocks.entries()) {
        const range = { block, first: 0, count: maps.channels };
        errors.push(relativeError(await readBlockFeatures(inference, range, image), maps.values));
      }
      return errors;
    };
    const errors = { f32: await errorsIn('f32'), 'f16-storage': await errorsIn('f16-storage') };
    device.destroy();
    return { errors };
  },
);
