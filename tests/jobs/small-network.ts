// A network small enough for a software GPU to step through many times, with every kind of layer, and batches for it.
import type { DenseNetConfig } from '../../src/densenet/config.ts';
import type { StateTensor } from '../../src/densenet/state-dict.ts';
import { constant } from '../../src/densenet/train/learning-rates.ts';
import { SGD } from '../../src/densenet/train/optimizers.ts';
import type { Batch, TrainerOptions } from '../../src/densenet/train/trainer.ts';
import type { PlanRequest } from '../../src/jobs/compile.ts';
import { Random } from '../../src/shaders/random-inputs.ts';

export const SMALL: DenseNetConfig = {
  stem: 'imagenet',
  growthRate: 6,
  blockLayers: [2, 1],
  initialChannels: 8,
  bottleneckWidth: 2,
  compression: 0.5,
  dropout: 0.2,
  classes: 4,
  inputChannels: 1,
  height: 12,
  width: 10,
};

export const BATCH = 4;

/** From bytes, augmented: whatever is random in a step is in it. Its shaders compile quickly. */
export const OPTIONS = {
  batch: BATCH,
  optimizer: SGD,
  schedule: constant(0.05),
  normalisation: { mean: [0.5], std: [0.25] },
  augment: { mirror: true, shift: 1 },
  seed: 7,
  unroll: false,
} as const satisfies TrainerOptions;

/** A step of a network with few kernels, which is quick to compile; its layers add to each other's gradients. */
export const PLAIN_STEP: PlanRequest = {
  config: {
    ...SMALL,
    stem: 'cifar',
    blockLayers: [3],
    bottleneckWidth: 0,
    compression: 1,
    dropout: 0,
  },
  mode: 'training',
  batch: BATCH,
  recompute: false,
  loss: 'cross-entropy',
  optimizer: 'sgd',
};

/** A batch of `OPTIONS`, the same for the same seed. */
export function byteBatch(seed: number, config: DenseNetConfig = SMALL): Batch {
  const random = new Random(seed);
  const values = BATCH * config.inputChannels * config.height * config.width;
  return {
    images: Uint8Array.from({ length: values }, () => random.integer(0, 255)),
    labels: Int32Array.from({ length: BATCH }, () => random.integer(0, config.classes - 1)),
  };
}

/** The same as float32 images. */
export function floatBatch(seed: number, config: DenseNetConfig = SMALL): Batch {
  const { images, labels } = byteBatch(seed, config);
  return { images: Float32Array.from(images, (byte) => byte / 64 - 2), labels };
}

/** Names of the tensors that are not the same, bit for bit. */
export function differences(
  a: ReadonlyMap<string, StateTensor>,
  b: ReadonlyMap<string, StateTensor>,
): readonly string[] {
  const bits = ({ values }: StateTensor) => new Uint32Array(values.buffer, values.byteOffset, values.length);
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => {
    const [one, two] = [a.get(name), b.get(name)];
    if (!one || !two || one.values.length !== two.values.length) return true;
    const [x, y] = [bits(one), bits(two)];
    return x.some((word, i) => word !== y[i]);
  });
}
