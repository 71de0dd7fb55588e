// Gradients under dropout against the loss itself: along each parameter tensor's gradient the loss of the same batch,
// with the same masks, must rise as the gradient's length says. Masks that differ between forward and backward, or that
// a gradient leaves out, would be off by far more.

import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import type { StateTensor } from '../../src/densenet/state-dict.ts';
import { constant } from '../../src/densenet/train/learning-rates.ts';
import { SGD } from '../../src/densenet/train/optimizers.ts';
import { Trainer } from '../../src/densenet/train/trainer.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { sharedGpu } from './shared-gpu.ts';
import { BATCH, floatBatch, SMALL } from './small-network.ts';

export type DropoutReport = {
  /** For each network and parameter tensor: rise of the loss over what its gradient says, 1 where they agree. */
  readonly rises: Readonly<Record<string, number>>;
  /** The loss with these masks, and with another seed's. */
  readonly losses: readonly [number, number];
};

const NETWORKS: Readonly<Record<string, DenseNetConfig>> = {
  bottleneck: { ...SMALL, dropout: 0.3 },
  plain: { ...SMALL, stem: 'cifar', bottleneckWidth: 0, dropout: 0.3 },
};

/** Length of a move along a gradient, relative to the tensor's: short against ReLU's corners, long against rounding. */
const STEP = 1 / 4096;
const MEASURABLE = 2e-5;

export const dropout = defineJob('dropout', async (_request, { gpu, now }): Promise<DropoutReport> => {
  const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
  const rises: Record<string, number> = {};
  let losses: DropoutReport['losses'] = [Number.NaN, Number.NaN];
  for (const [kind, config] of Object.entries(NETWORKS)) {
    const model = await DenseNet.create(device, config);
    const options = { batch: BATCH, optimizer: SGD, schedule: constant(0), unroll: false } as const;
    const trainer = await Trainer.create(model, options);
    const batch = floatBatch(3);
    const lossAt = async () => (await trainer.gradients(batch)).loss;
    const state = await model.stateDict();
    const { gradients, loss } = await trainer.gradients(batch);
    for (const [name, gradient] of gradients) {
      const start = state.get(name);
      if (!start) throw new Error(`${name} has a gradient and no value`);
      const slope = norm(gradient.values);
      const length = STEP * (norm(start.values) + 1);
      const move = (sign: number) => ({
        ...start,
        values: start.values.map((v, i) => v + ((sign * length) / slope) * (gradient.values[i] ?? Number.NaN)),
      });
      const moved = async (sign: number) => {
        model.loadStateDict(new Map<string, StateTensor>([...state, [name, move(sign)]]));
        return lossAt();
      };
      const rise = 2 * length * slope;
      // What batch norm takes back (norm0's scale) rises by less than the loss is rounded.
      if (rise > MEASURABLE) rises[`${kind} ${name}`] = ((await moved(1)) - (await moved(-1))) / rise;
    }
    model.loadStateDict(state);
    const other = await Trainer.create(model, { ...options, seed: 1 });
    losses = [loss, (await other.gradients(batch)).loss];
  }
  device.destroy();
  return { rises, losses };
});

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
