// What every other library is behind: it is given a network, its numbers and a batch, and runs whole repeats of inference or
// training. One file per library, loaded only in a worker of its own and only when it is asked for.

import type { Network } from '../../src/densenet/network.ts';
import type { StateDict } from '../../src/densenet/state-dict.ts';
import type { SgdOptions } from '../../src/densenet/train/optimizers.ts';
import { ConfigError } from '../../src/runtime/errors.ts';

export const BASELINES = ['ours', 'tfjs', 'onnx', 'jax'] as const;
export type BaselineName = (typeof BASELINES)[number];

/** By name; the short label is narrow enough for four of them under bars on a phone. */
export const BASELINE_LABELS: Readonly<Record<BaselineName, { readonly label: string; readonly short: string }>> = {
  ours: { label: 'densenet-webgpu', short: 'ours' },
  tfjs: { label: 'TensorFlow.js', short: 'TF.js' },
  onnx: { label: 'ONNX Runtime Web', short: 'ORT Web' },
  jax: { label: 'jax-js', short: 'jax-js' },
};

export const labelOf = (baseline: BaselineName): string => BASELINE_LABELS[baseline].label;

/** Names separated by commas. @throws ConfigError for a name that no library has */
export function parseBaselines(text: string): BaselineName[] {
  const names = text.split(',').map((name) => name.trim());
  return names
    .filter((name) => name !== '')
    .map((name) => {
      const baseline = BASELINES.find((candidate) => candidate === name);
      if (!baseline) throw new ConfigError('baselines', name, `must be among ${BASELINES.join(', ')}`);
      return baseline;
    });
}

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
  /** @throws Error in the library's own words where it does not train */
  training(request: BaselineRequest, optimizer: SgdOptions): Promise<BaselineTraining>;
}
