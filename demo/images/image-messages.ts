// What travels between the page and the worker for images that come as files. Only types: the page carries no decoder.

import type { PictureOptions } from '../../src/data/picture-options.ts';
import type { InputSize } from '../../src/data/preprocess.ts';
import type { Of } from '../engine/protocol.ts';
import type { ImageNote, Refusal } from './refusal.ts';

/** Asked of `read-images` and `classify-images`; the files' bytes are the attachments `file.0`, `file.1`, … */
export type ReadRequest = {
  readonly files: number;
  /** What to make of each for a network; null where only pictures for people are wanted. */
  readonly input: InputSize | null;
  /** Pictures with a light border have light and dark swapped. */
  readonly swapLightBorder: boolean;
  /** Longest side of a small picture for people, the middle square, as a JPEG; 0 for none. Attachment `thumbnail.N`. */
  readonly thumbnail: number;
  /** Longest side of a large one, what the network sees of it, as RGBA; 0 for none. Attachment `display.N`. */
  readonly display: number;
  readonly options: PictureOptions;
};

export type ClassifyImagesRequest = Of &
  ReadRequest & {
    readonly input: InputSize;
    /** Images a run, at most. */
    readonly batch: number;
  };

/** Of one file. Those that are no refusals follow each other in the attachments `pixels` and `logits`. */
export type ReadResult =
  | { readonly refusal: Refusal }
  | {
      readonly width: number;
      readonly height: number;
      readonly notes: readonly ImageNote[];
      /** Light and dark were swapped. */
      readonly swapped: boolean;
      /** Sum of the input's pixels and of their squares, a channel. */
      readonly sums: readonly number[];
      readonly squares: readonly number[];
      readonly display: { readonly width: number; readonly height: number } | null;
    };

/** The answer's head. `read-images` attaches `pixels`, bytes [read][C][H][W]; `classify-images` `logits`, [read][classes]. */
export type ReadAnswer = { readonly results: readonly ReadResult[] };
export type ClassifyImagesAnswer = ReadAnswer & {
  /** Of the GPU's runs, all together. */
  readonly milliseconds: number;
};

/** Asked of `prepare-frame`, with the attachment `rgba`; answers with the attachment `pixels`. */
export type FrameRequest = {
  readonly width: number;
  readonly height: number;
  readonly input: InputSize;
  readonly swapLightBorder: boolean;
};
export type FrameAnswer = { readonly swapped: boolean };
