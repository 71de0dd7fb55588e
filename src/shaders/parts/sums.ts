// Which convolutions of a training forward pass add up in blocks. A chain of n float32 additions loses about sqrt(n / 2)
// roundings; runs of r terms whose sums are then added lose sqrt(r / 2 + n / (2 r)) (blocked summation: Higham, SIAM J.
// Sci. Comput. 14, 1993; Blanchard, Higham and Mary, SIAM J. Sci. Comput. 42, 2020). It matters where a gradient will be
// taken: a rounding that moves a pre-activation across ReLU's kink is not small in backward. A run is 32 channels of a
// 1x1 convolution, a stage of a 3x3 one (up to 4 channels of 9 taps), two or three of the stem's seven rows of taps.
// The totals cost registers, so that tiles which have none to spare, and sums that are short, have no runs.

/** Channels of a 1x1 convolution's run. */
export const RUN_1X1 = 32;
/** Channels of a 3x3 convolution from which, by half as many again, a second level pays off. */
export const RUN_3X3 = 16;

/** Whether a sum over so many channels gains by runs of `run` channels. */
export const sumsInBlocks = (channels: number, run: number): boolean => channels >= 1.5 * run;

/**
 * Sums per thread that fit beside their totals. Beside 32 sums the totals cost an Adreno half of its waves, and an Arc B the
 * only spills that its tiles have.
 */
export const LARGEST_BLOCKED = 16;
