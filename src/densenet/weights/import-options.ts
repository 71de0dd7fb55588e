// What importing takes and gives: the options beside a file of weights, and the network that comes of it.

import type { Preprocessing } from '../../data/preprocess.ts';
import type { DenseNetConfig } from '../config.ts';
import type { StateDict } from '../state-dict.ts';
import type { ImportReport } from './report.ts';

/** A small text file beside the weights: config.json, class names. */
export interface SidecarFile {
  /** What errors call it. */
  readonly name: string;
  /** Its content. */
  readonly text: string;
}

/** A file of weights: its bytes, or what gives them, as a page's `File` and `Blob` do. */
export type WeightsSource =
  | Uint8Array
  | {
      /** What errors call it. */
      readonly name?: string;
      /** All of its bytes. */
      arrayBuffer(): Promise<ArrayBuffer>;
    };

/** Weights, and, for a TensorFlow.js model, the files beside its model.json that its numbers lie in; each with its name. */
export type WeightsSources = WeightsSource | readonly WeightsSource[];

/** What is known about a file of weights beside its tensors; it overrides what the file says. */
export interface ImportOptions {
  /** The config.json of the weights (timm's, Hugging Face's), or a preprocessor_config.json. */
  readonly config?: SidecarFile | undefined;
  /** A file of class names. */
  readonly labels?: SidecarFile | undefined;
  /** Input size in pixels, overriding all else; with `channels`, only for weights that take as many. */
  readonly size?:
    | {
        /** 1 or 3. */
        readonly channels?: number | undefined;
        /** In pixels. */
        readonly height: number;
        /** In pixels. */
        readonly width: number;
      }
    | undefined;
  /** Several labels per image (a sigmoid each) or one (a softmax), overriding all else. */
  readonly multiLabel?: boolean | undefined;
  /**
   * For images of another number of channels than the weights were made for: the first convolution is adapted as timm does it,
   * summed over its channels for one, else repeated and scaled.
   */
  readonly inputChannels?: number | undefined;
  /** For weights without a classifier: make one, to be trained. */
  readonly newClassifier?:
    | {
        /** Number of classes. */
        readonly classes: number;
        /** Of the initial weights; default 0. */
        readonly seed?: number;
      }
    | undefined;
  /**
   * Tensors to leave out, though the network that they were saved from may compute with them: names, modules (`fc2` is all
   * that begins with `fc2.`), or globs, in which `*` stands for any text.
   */
  readonly ignore?: readonly string[] | undefined;
  /** What batch norms add to the variance, overriding the file; default 1e-5, PyTorch's. */
  readonly batchNormEpsilon?: number | undefined;
}

/** A file of weights as a network: what `DenseNet.create` and `prepareImage` need. */
export interface ImportedNetwork {
  /** The architecture. */
  readonly config: DenseNetConfig;
  /** By torchvision's names, checked against the configuration. */
  readonly state: StateDict;
  /** How images become the network's input. */
  readonly preprocessing: Preprocessing;
  /** By label, one per class; undefined where nothing names them. */
  readonly classNames: readonly string[] | undefined;
  /** Each class has its own sigmoid, instead of one softmax over all. */
  readonly multiLabel: boolean;
  /** What logits are divided by before they become probabilities; 1 where the file does not say. */
  readonly temperature: number;
  /** Where the file has them: per class, the probability (of calibrated logits) from which on it counts as present. */
  readonly thresholds: readonly number[] | undefined;
  /** Training steps by the file's `num_batches_tracked`, the largest of them; 0 where it has none. */
  readonly batchesTracked: number;
  /** What was recognised and what was assumed. */
  readonly report: ImportReport;
  /** The file's own. */
  readonly metadata: Readonly<Record<string, string>>;
}
