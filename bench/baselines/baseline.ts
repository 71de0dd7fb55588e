// What every peer is behind: a library that is given a network, its numbers and a batch, and runs whole repeats of
// inference or training. One small file a peer, loaded only in a worker of its own and only when it is asked for.

import type { Network } from '../../src/densenet/network.ts';
import type { StateDict } from '../../src/densenet/state-dict.ts';
import type { SgdOptions } from '../../src/densenet/train/optimizers.ts';

export type BaselineName = 'ours' | 'tfjs' | 'onnx' | 'jax';

export const BASELINES: readonly BaselineName[] = ['ours', 'tfjs', 'onnx', 'jax'];

export const BASELINE_LABELS: Readonly<Record<BaselineName, string>> = {
  ours: 'densenet-webgpu',
  tfjs: 'TensorFlow.js',
  onnx: 'ONNX Runtime Web',
  jax: 'jax-js',
};

/** Narrow enough for four of them under bars on a phone. */
export const SHORT_LABELS: Readonly<Record<BaselineName, string>> = {
  ours: 'ours',
  tfjs: 'TF.js',
  onnx: 'ORT Web',
  jax: 'jax-js',
};

export interface BaselineRequest {
  readonly network: Network;
  readonly state: StateDict;
  readonly batch: number;
}

export interface BaselineInference {
  /** Logits [batch][classes] of NCHW images, in memory. */
  logits(images: Float32Array<ArrayBuffer>): Promise<Float32Array>;
  destroy(): void | Promise<void>;
}

export interface BaselineTraining {
  /**
   * Forward in training mode, loss (mean cross-entropy, before the update), backward, running statistics, and the
   * update by SGD with momentum and weight decay as PyTorch defines them.
   */
  step(images: Float32Array<ArrayBuffer>, labels: Int32Array<ArrayBuffer>, learningRate: number): Promise<number>;
  /** Weights, biases and running statistics as they are after the last step. */
  state(): Promise<StateDict>;
  destroy(): void | Promise<void>;
}

export interface Baseline {
  /** Of the package that was built in. */
  readonly version: string;
  inference(request: BaselineRequest): Promise<BaselineInference>;
  /** @throws Error in the peer's own words where it does not train */
  training(request: BaselineRequest, optimizer: SgdOptions): Promise<BaselineTraining>;
}
