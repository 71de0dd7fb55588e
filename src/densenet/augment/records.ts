// What was drawn, as words that the kernels read: an area of operations per pass, then one of compositions, each at a place
// where a binding may start.

import { roundUp } from '../../runtime/kernel.ts';
import { OFFSET_ALIGNMENT } from '../../runtime/program.ts';
import {
  CODES,
  COMPOSITION_WORDS,
  FLIPS,
  MIXTURE_WORD,
  MIXTURES,
  OPERATION_WORDS,
} from '../../shaders/augment/records.ts';
import { gridMatrix, type Rectangle } from './geometry.ts';
import type { AugmentedSize, ImageAugmentation, Stage } from './parameters.ts';

/** Where the records of a batch lie, in bytes. */
export interface RecordsLayout {
  /** Of each pass of operations. */
  readonly operations: readonly number[];
  readonly composition: number;
  readonly bytes: number;
}

export function recordsLayout(images: number, stages: number): RecordsLayout {
  const stage = roundUp(images * OPERATION_WORDS * 4, OFFSET_ALIGNMENT);
  return {
    operations: Array.from({ length: stages }, (_, i) => i * stage),
    composition: stages * stage,
    bytes: stages * stage + images * COMPOSITION_WORDS * 4,
  };
}

/** The records of a batch, in the layout of as many images and stages. */
export function writeRecords(
  augmented: readonly ImageAugmentation[],
  stages: number,
  size: AugmentedSize,
): DataView<ArrayBuffer> {
  const layout = recordsLayout(augmented.length, stages);
  const view = new DataView(new ArrayBuffer(layout.bytes));
  for (const [image, { stages: own, ...composition }] of augmented.entries()) {
    for (const [i, start] of layout.operations.entries())
      writeStage(view, start + image * OPERATION_WORDS * 4, own[i] ?? { kind: 'identity' }, size);
    writeComposition(view, layout.composition + image * COMPOSITION_WORDS * 4, composition);
  }
  return view;
}

function writeStage(view: DataView, at: number, stage: Stage, size: AugmentedSize): void {
  const word = (i: number, value: number) => view.setUint32(at + 4 * i, value, true);
  const float = (i: number, value: number) => view.setFloat32(at + 4 * i, value, true);
  word(0, CODES[stage.kind]);
  switch (stage.kind) {
    case 'resize': {
      const { top, left, height, width } = stage.crop;
      for (const [i, value] of [top, left, height, width].entries()) word(1 + i, value);
      float(5, height / size.height);
      float(6, width / size.width);
      break;
    }
    case 'affine':
      for (const [i, value] of gridMatrix(stage.affine, size).entries()) float(1 + i, value);
      word(7, stage.affine.fill === 0 ? 1 : 0);
      break;
    case 'hue':
      float(1, stage.factor);
      break;
    case 'brightness':
    case 'contrast':
    case 'saturation':
    case 'sharpness':
      float(1, stage.factor);
      float(2, 1 - stage.factor);
      break;
    case 'posterize':
      word(1, -(2 ** (8 - stage.bits)) & 0xff);
      break;
    case 'solarize':
      float(1, stage.threshold);
      break;
    case 'identity':
    case 'autocontrast':
    case 'equalize':
      break;
  }
}

function writeComposition(
  view: DataView,
  at: number,
  { offset, mirror, verticalFlip, erased, mixture }: Omit<ImageAugmentation, 'stages'>,
): void {
  const word = (i: number, value: number) => view.setUint32(at + 4 * i, value, true);
  word(0, (mirror ? FLIPS.mirror : 0) | (verticalFlip ? FLIPS.vertical : 0));
  // Negative offsets as two's complement.
  word(1, offset.y >>> 0);
  word(2, offset.x >>> 0);
  const rectangle = (i: number, { top, left, height, width }: Rectangle) => {
    for (const [k, value] of [top, left, top + height, left + width].entries()) word(i + k, value);
  };
  if (erased) rectangle(4, erased);
  word(MIXTURE_WORD, mixture.partner);
  view.setFloat32(at + 4 * (MIXTURE_WORD + 1), mixture.weight, true);
  const isMixed = mixture.weight !== 1 || mixture.rectangle;
  word(MIXTURE_WORD + 2, mixture.rectangle ? MIXTURES.rectangle : isMixed ? MIXTURES.mean : MIXTURES.none);
  if (mixture.rectangle) rectangle(12, mixture.rectangle);
}
