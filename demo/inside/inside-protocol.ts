// What travels between the Look inside view and the worker, each time with whose insides they are (`Of`). Only types. A place in a block: 0 is what came in, 1 to L its layers, L + 1 what follows it.

import type { BlockReuse, Connection } from '../../src/densenet/explain/feature-reuse.ts';

export type { BlockReuse, Connection } from '../../src/densenet/explain/feature-reuse.ts';

export type InsideLayer = {
  /** Torchvision's name. */
  readonly name: string;
  /** Channels that it reads, and that it adds. */
  readonly inputs: number;
  readonly growthRate: number;
  /** Channels between its two convolutions; null where it has only one. */
  readonly bottleneckOutput: number | null;
};

export type InsideBlock = {
  readonly name: string;
  readonly inputs: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly layers: readonly InsideLayer[];
  /** Channels after the transition that follows; null for the last block, which the classifier follows. */
  readonly kept: number | null;
};

/** What `inside-network` answers. */
export type InsideNetwork = {
  readonly stem: { readonly size: number; readonly inputs: number; readonly outputs: number; readonly pooled: boolean };
  readonly classes: number;
  readonly blocks: readonly InsideBlock[];
  readonly reuse: readonly BlockReuse[];
};

/** What `inside-copies` is asked. */
export type CopiesRequest = { readonly batch: number };

/** What `inside-copies` answers for a batch: a value a block. */
export type InsideCopies = {
  readonly batch: number;
  readonly blocks: readonly {
    /** One channel of the whole batch. */
    readonly channelBytes: number;
    /** Channels that each reader would copy, had every layer memory of its own. */
    readonly channels: readonly number[];
    /** Bytes that the plan itself copies. */
    readonly copied: number;
  }[];
};

export type Place = { readonly block: number; readonly place: number };

export type InsidePass = {
  /** What runs: the path of its shader. */
  readonly kernel: string;
  readonly flops: number;
  readonly bytes: number;
};

/**
 * What `inside-layer` answers. Attachments: `maps`, float32 [count][height][width]; `weight I`, float32 of its shape;
 * `norm I`, float32 [4][channels]: scale (gamma), shift (beta), running mean, running variance.
 */
export type LayerHead = {
  /** What it wrote for the current picture; null for the classifier, which writes no maps. */
  readonly maps: { readonly count: number; readonly height: number; readonly width: number } | null;
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly norms: readonly { readonly name: string; readonly channels: number }[];
  readonly passes: readonly InsidePass[];
};

/** What `inside-times` answers: GPU time of each of the layer's passes, or why there is none. */
export type PassTimes =
  | { readonly kind: 'timed'; readonly nanoseconds: readonly number[] }
  /** `detail`: what is wrong with the timestamps, in the engine's words. */
  | { readonly kind: 'none'; readonly why: 'no timestamps' }
  | { readonly kind: 'none'; readonly why: 'not to be trusted'; readonly detail: string };

export type CutEvent = { readonly done: number; readonly all: number };

/** What `inside-cut` answers, with the attachment `logits`, float32 [count][classes]; null where it was stopped. */
export type CutResult = { readonly accuracy: number | null };

/** What `inside-cut` is asked. */
export type CutRequest = { readonly cut: readonly Connection[] };
