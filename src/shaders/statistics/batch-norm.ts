// Batch norm's two constants and how its reductions are spread, the same for every norm: torchvision's DenseNet keeps
// PyTorch's defaults.

/** Added to the variance ahead of the square root. */
export const BATCH_NORM_EPSILON = 1e-5;
/** The weight of the newest batch in the running statistics. */
export const BATCH_NORM_MOMENTUM = 0.1;

/** Invocations that share one channel's tiles: few where tiles are few, so that a workgroup takes more channels. */
export const lanesFor = (tiles: number): number => (tiles <= 16 ? 8 : 64);
