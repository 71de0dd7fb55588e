// Batch norm's two constants and how its reductions are spread. torchvision's DenseNet keeps PyTorch's defaults; a network
// may have another epsilon (`DenseNetConfig.batchNormEpsilon`), the same for all of its norms.

/** PyTorch's default; added to the variance ahead of the square root. */
export const BATCH_NORM_EPSILON = 1e-5;
/** The weight of the newest batch in the running statistics. */
export const BATCH_NORM_MOMENTUM = 0.1;

/**
 * How channels are spread over a workgroup: LANES invocations share one channel's tiles. Few where tiles are few, so that
 * a workgroup takes several channels; many where they are many, so that no invocation waits for a long row of loads.
 */
export function spread(tiles: number): { readonly WORKGROUP: number; readonly LANES: number } {
  if (tiles <= 16) return { WORKGROUP: 64, LANES: 8 };
  return tiles <= 256 ? { WORKGROUP: 64, LANES: 64 } : { WORKGROUP: 256, LANES: 256 };
}
