// The largest micro-batch that a GPU can take: a batch beyond its limits is trained as equal micro-batches whose gradients are averaged.

import { buildNetwork } from '../densenet/network.ts';
import { compileTraining, type DeviceLimits } from '../densenet/plan/plan.ts';
import { type HyperparametersInput, hyperparametersOf } from '../densenet/train/hyperparameters.ts';
import { LimitError } from '../runtime/errors.ts';

/** A batch in micro-batches, and a sentence about it where that is not what was asked for. */
export interface FittingBatch {
  readonly batching: Pick<HyperparametersInput, 'batch' | 'accumulate'>;
  readonly notes: readonly string[];
}

/**
 * The batch as it was asked for where it fits, else in the fewest equal micro-batches that do. Each of them has batch statistics of its
 * own, as in PyTorch, so that a split batch is not quite a whole one.
 * @throws LimitError where not even single images fit; ConfigError
 */
export function fittingBatch(given: HyperparametersInput, limits: DeviceLimits): FittingBatch {
  const { config, batch, accumulate, optimizer, recompute, precision, trainable, loss, groups, average } =
    hyperparametersOf(given);
  const network = buildNetwork(config);
  const shared = { loss, optimizer: optimizer.kind, recompute, precision, trainable } as const;
  const options = { ...shared, groups, average: average.decay > 0 };
  let refused: unknown;
  for (let parts = 1; parts <= batch; parts++) {
    if (batch % parts !== 0) continue;
    const size = batch / parts;
    try {
      compileTraining(network, size, { ...options, input: 'bytes' }, limits);
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      refused ??= error;
      continue;
    }
    const batching = { batch: size, accumulate: accumulate * parts };
    if (!(refused instanceof LimitError)) return { batching, notes: [] };
    const note =
      `${refused.message}: each batch of ${batch} is trained as ${parts} micro-batches of ${size}, ` +
      'whose gradients are averaged and which have batch statistics of their own';
    return { batching, notes: [note] };
  }
  throw refused;
}
