// The largest micro-batch that a GPU can take: a batch beyond its limits, or its memory, is trained as equal micro-batches whose
// gradients are averaged. Each of them has batch statistics of its own, as in PyTorch, so that a split batch is not quite a whole one.

import type { ImageDataset } from '../data/dataset.ts';
import { buildNetwork } from '../densenet/network.ts';
import type { DeviceLimits } from '../densenet/plan/plan.ts';
import { type HyperparametersInput, hyperparametersOf } from '../densenet/train/hyperparameters.ts';
import { constant } from '../densenet/train/learning-rates.ts';
import { type TrainerOptions, trainingPlan } from '../densenet/train/trainer.ts';
import { ConfigError, GpuError, LimitError } from '../runtime/errors.ts';
import { trainerOptions } from './trainer-setup.ts';

type Batching = Pick<HyperparametersInput, 'batch' | 'accumulate'>;

/** A batch in micro-batches, and a sentence about it where that is not what was asked for. */
export interface FittingBatch {
  readonly batching: Batching;
  readonly notes: readonly string[];
}

/** The same images per update in ever smaller equal micro-batches, down to single images; first as they were asked for. */
const splits = ({ batch, accumulate }: Batching): (Batching & { readonly parts: number })[] =>
  Array.from({ length: batch }, (_, i) => i + 1)
    .filter((parts) => batch % parts === 0)
    .map((parts) => ({ batch: batch / parts, accumulate: accumulate * parts, parts }));

/** @param refused what the GPU said of the first; undefined: nothing */
function fitting(asked: Batching, { parts, ...batching }: Batching & { parts: number }, refused?: Error): FittingBatch {
  if (!refused) return { batching, notes: [] };
  const whole = asked.accumulate > 1 ? 'micro-batch' : 'batch';
  const note =
    `${refused.message}: each ${whole} of ${asked.batch} is trained as ${parts} micro-batches of ${batching.batch}, ` +
    'whose gradients are averaged and which have batch statistics of their own';
  return { batching, notes: [note] };
}

/** What a trainer would be made for: as its plan depends on the images, too. */
export interface FittingSetup {
  readonly training: Pick<ImageDataset, 'count' | 'labels' | 'classNames'>;
  /** As the trainer is given it. */
  readonly augment: TrainerOptions['augment'];
}

/**
 * The batch as it was asked for where its plan is within the limits, else in the fewest equal micro-batches that are.
 * @throws LimitError where not even single images fit; ConfigError
 */
export function fittingBatch(
  given: HyperparametersInput,
  { training, augment }: FittingSetup,
  limits: DeviceLimits,
): FittingBatch {
  const hyperparameters = hyperparametersOf(given);
  const network = buildNetwork(hyperparameters.config);
  const schedule = constant(hyperparameters.learningRate);
  const options = trainerOptions(hyperparameters, training, { schedule, ...(augment && { augment }) });
  let refused: LimitError | undefined;
  for (const split of splits(hyperparameters)) {
    try {
      trainingPlan(network, options, split.batch, limits);
      return fitting(hyperparameters, split, refused);
    } catch (error) {
      // So few images may have no batch statistics: what is wrong is still that more do not fit.
      if (refused && error instanceof ConfigError) break;
      if (!(error instanceof LimitError)) throw error;
      refused ??= error;
    }
  }
  throw refused;
}

/**
 * What `make` makes for the batch as it is; where memory runs out, for equal micro-batches, the fewest that it is enough for. What
 * limits allow, the GPU's memory need not hold.
 * @param make is told how the batch was split, too; it leaves nothing behind where it throws
 * @throws what `make` throws; where not even single images fit, its first error
 */
export async function withFittingBatch<T>(
  asked: Batching,
  make: (batching: Batching, notes: readonly string[]) => Promise<T>,
): Promise<T> {
  let refused: GpuError | undefined;
  for (const split of splits(asked)) {
    const fit = fitting(asked, split, refused);
    try {
      return await make(fit.batching, fit.notes);
    } catch (error) {
      if (refused && error instanceof ConfigError) break;
      if (!(error instanceof GpuError && error.outOfMemory)) throw error;
      refused ??= error;
    }
  }
  throw refused;
}
