// What travels between the Train view and the worker, beside what the shared job `train` defines. Only types.

import type { DenseNetConfig } from '../../src/densenet/config.ts';
import type { Precision } from '../../src/densenet/plan/precision.ts';
import type { OptimizerKind } from '../../src/densenet/train/optimizers.ts';
import type { Trainable } from '../../src/densenet/trainable-range.ts';
import type { Of, Plain } from './protocol.ts';

/** What `plan` is asked: a training, and what may be taken for it. */
export type PlanQuestion = {
  readonly config: Plain<DenseNetConfig>;
  readonly batch: number;
  /** Images that are held out: they are tested with batches of their own. */
  readonly validation: number;
  readonly trainable: Trainable;
  readonly optimizer: OptimizerKind;
  readonly recompute: boolean;
  readonly precision: Precision;
  /** Bytes of GPU memory. */
  readonly memory: number;
  /** The largest batch of interest. */
  readonly most: number;
};

export type PlanAnswer = {
  readonly parameters: number;
  /** Those that training changes. */
  readonly trainable: number;
  /** Multiply-adds of one image's forward pass. */
  readonly macs: number;
  /** Of one update, and the floating-point operations of them. */
  readonly passes: number;
  readonly flops: number;
  /** Bytes of GPU memory by purpose, and all of them. */
  readonly bytes: Readonly<Record<string, number>>;
  readonly total: number;
  /** Why it cannot be: more memory than may be taken, one of this GPU's limits (in words), or no batch statistics. */
  readonly refusal: PlanRefusal | null;
  /** The largest batch up to `most` that can be; 0: none. */
  readonly largestBatch: number;
  /** The same if bottlenecks were computed again in backward; null where that was asked for already, or changes nothing. */
  readonly largestRecomputed: number | null;
};

export type PlanRefusal =
  | { readonly kind: 'memory' }
  | { readonly kind: 'limit'; readonly problem: string }
  | { readonly kind: 'statistics' };

/** What `rate` answers: the network in use on one image, and on several. */
export type RateAnswer = {
  readonly short: { readonly seconds: number; readonly passes: number; readonly flops: number };
  readonly long: { readonly seconds: number; readonly passes: number; readonly flops: number };
};

/** In the head of `train`: start from the network in use, whose classes these are. */
export type FromInUse = { readonly fromInUse: Of & { readonly classNames: readonly string[] } };

/** In the head of what `train` answers. */
export type TrainedSize = { readonly parameters: number; readonly classes: number };
