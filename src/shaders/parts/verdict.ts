// What a training step has met that is not finite, as words on the GPU; `verdict.wgsl` names the same places.

import type { Part } from '../../runtime/kernel.ts';
import settledSource from './settled.wgsl?raw';
import source from './verdict.wgsl?raw';

/** Words of a verdict, each the first (smallest) of its places, or NOTHING. */
export const VERDICT = {
  /** An image that holds NaN or infinity, counted through the step's micro-batches. */
  image: 0,
  /** An image whose loss does. */
  loss: 1,
  /** Floats into the trained part's gradients. */
  gradient: 2,
  /** Floats into the trained part: what a parameter, or a moment of it, would become. */
  update: 3,
  /** Floats into the running statistics: what one would become. */
  running: 4,
} as const;

/** Two vec4u. */
export const VERDICT_WORDS = 8;
export const NOTHING = 0xffffffff;

/** `met`: notes a place. Needs a binding `verdict`, array<atomic<u32>>. */
export const verdict: Part = { name: 'verdict', source };
/** `is_settled`: nothing was noted. Needs a binding `settled`, array<vec4u>. */
export const settled: Part = { name: 'settled', source: settledSource };
