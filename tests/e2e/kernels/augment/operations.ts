// Records of operations for kernel cases, as augment/records.ts writes them, with numbers that float32 and the reference share.

import type { OperateSize } from '../../../../src/shaders/augment/parts.ts';
import { CODES, OPERATION_WORDS } from '../../../../src/shaders/augment/records.ts';
import type { Random } from '../../../../src/shaders/random-inputs.ts';

export type Code = keyof typeof CODES;

export interface OperationCase extends OperateSize {
  /** An operation for each image, in turn. */
  readonly operations: readonly Code[];
}

/** @param source height and width of what is read, where it is another size */
export const size = (
  images: number,
  channels: number,
  height: number,
  width: number,
  operations: readonly Code[],
  source: readonly [height: number, width: number] = [height, width],
): OperationCase => ({ images, channels, height, width, operations, sourceHeight: source[0], sourceWidth: source[1] });

/** Bytes as they lie in words, or packed; in some images all channels alike, few values, or one alone. */
export function pixelWords(random: Random, words: number): Uint32Array {
  const kind = random.integer(0, 3);
  const byte = () =>
    kind === 0 ? random.integer(100, 103) : kind === 1 ? random.pick([0, 255]) : random.integer(0, 255);
  return Uint32Array.from({ length: words }, () => {
    const grey = byte();
    const bytes = random.integer(0, 4) === 0 ? [grey, grey, grey, grey] : [byte(), byte(), byte(), byte()];
    return bytes.reduce((word, value, i) => word + value * 256 ** i, 0);
  });
}

/** Records: matrices, crops and scales are multiples of powers of two, factors any float32. */
export function operationWords(s: OperationCase, random: Random): Uint32Array {
  const view = new DataView(new ArrayBuffer(s.images * OPERATION_WORDS * 4));
  for (let n = 0; n < s.images; n++) {
    const code = s.operations[n % s.operations.length] ?? 'identity';
    const word = (i: number, value: number) => view.setUint32(4 * (n * OPERATION_WORDS + i), value, true);
    const float = (i: number, value: number) => view.setFloat32(4 * (n * OPERATION_WORDS + i), value, true);
    word(0, CODES[code]);
    if (code === 'resize') {
      const height = random.integer(1, s.sourceHeight);
      const width = random.integer(1, s.sourceWidth);
      word(1, random.integer(0, s.sourceHeight - height));
      word(2, random.integer(0, s.sourceWidth - width));
      word(3, height);
      word(4, width);
      float(5, height / s.height);
      float(6, width / s.width);
    } else if (code === 'affine') {
      const half = [s.sourceWidth / 2, s.sourceHeight / 2];
      for (let i = 0; i < 6; i++) {
        const value = i % 3 === 2 ? random.integer(-12, 12) / 4 : random.integer(-8, 8) / 8;
        float(1 + i, value / (half[i < 3 ? 0 : 1] ?? 1));
      }
      word(7, random.integer(0, 1));
    } else if (code === 'posterize') word(1, random.pick([0xff, 0xf0, 0xc0, 0x80]));
    else if (code === 'solarize') float(1, random.pick([0, 93.5, 255]));
    else if (code === 'hue') float(1, Math.fround(random.value() / 8.1));
    else {
      const factor = Math.fround(Math.abs(random.value()) / 1.9);
      float(1, factor);
      float(2, 1 - factor);
    }
  }
  return new Uint32Array(view.buffer);
}
