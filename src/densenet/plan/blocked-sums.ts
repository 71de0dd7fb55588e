// Whether a training pass's sums are blocked goes with its tile (parts/sums.ts): asked by the plan, and by whoever tries
// another tile in a recorded pass.

import type { Parameters } from '../../runtime/kernel.ts';
import { blockedSum as blocked1x1, conv1x1Forward } from '../../shaders/conv1x1/forward.ts';
import type { Conv1x1Size } from '../../shaders/conv1x1/product.ts';
import { blockedSum as blocked3x3, conv3x3Forward } from '../../shaders/conv3x3/forward.ts';
import type { Conv3x3Size } from '../../shaders/conv3x3/size.ts';
import type { Tile } from '../../shaders/conv3x3/tile.ts';

export const blockedSum1x1 = (size: Conv1x1Size, tile: { THREAD_M: number; THREAD_P: number }) => ({
  BLOCKED_SUM: blocked1x1(size, tile),
});
export const blockedSum3x3 = blocked3x3;

/** A recorded pass's parameters under another tile. */
export function withTile(kernel: string, size: unknown, recorded: Parameters, tile: Parameters): Parameters {
  const parameters: Parameters = { ...recorded, ...tile };
  // Statistics are made where a gradient will be taken.
  if (!recorded.HAS_STATISTICS) return parameters;
  if (kernel === conv1x1Forward.id) {
    const thread = { THREAD_M: Number(parameters.THREAD_M), THREAD_P: Number(parameters.THREAD_P) };
    return { ...parameters, ...blockedSum1x1(size as Conv1x1Size, thread) };
  }
  if (kernel === conv3x3Forward.id)
    return { ...parameters, ...blockedSum3x3(size as Conv3x3Size, parameters as unknown as Tile) };
  return parameters;
}
