// An exponential moving average of the weights beside training (EMA; Polyak and Juditsky 1992): of all that a step changes,
// running statistics too, as timm's ModelEmaV2 has it. The average starts from the weights of the first step.

import { type Fields, field, flag, number, type Output, object, type Schema } from '../../data/schema.ts';

export const WEIGHT_AVERAGE = {
  /** What of the average stays at each update; 0: there is no average. */
  decay: field(number({ min: 0, below: 1 }), {
    help: 'keep an exponential moving average of the weights, with this decay per update; 0: none',
    option: '--ema <decay>',
    default: 0,
  }),
  /** A smaller decay in the first updates, as timm's ModelEmaV3 with use_warmup: 1 - (1 + update)^(-2/3). */
  decayWarmup: field(flag, {
    help: 'a smaller decay in the first updates, so that the average forgets the initial weights',
    option: '--ema-warmup',
    default: false,
  }),
} as const satisfies Fields;

/**
 * How weights are averaged beside training.
 * @interface
 */
export type WeightAverage = Output<typeof WEIGHT_AVERAGE>;
export const WEIGHT_AVERAGE_SCHEMA: Schema<WeightAverage> = object(WEIGHT_AVERAGE);
export const NO_AVERAGE: WeightAverage = { decay: 0, decayWarmup: false };

/** The decay at the t-th update, counted from 1; with warm-up the first average is the weights themselves. */
export function averageDecay({ decay, decayWarmup }: WeightAverage, update: number): number {
  return decayWarmup ? Math.min(decay, 1 - update ** (-2 / 3)) : decay;
}

/** The uniform of the averaging kernel at the t-th update. */
export function averageValues(
  average: WeightAverage,
  update: number,
): { readonly weight: number; readonly rest: number } {
  const rest = averageDecay(average, update);
  return { weight: 1 - rest, rest };
}
