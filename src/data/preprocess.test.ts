// Preprocessing against PIL 9.4 and torchvision 0.14: convert, Resize, CenterCrop, pinned to the bit.
import { describe, expect, it, test } from 'vitest';
import { ConfigError } from '../runtime/errors.ts';
import { type DecodedImage, type Preprocessing, prepareImage, resizingOf } from './preprocess.ts';

function pattern(width: number, height: number, channels: 1 | 3 | 4): DecodedImage {
  const pixels = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * i * 7 + i * 31) % 256);
  return { width, height, channels, pixels };
}

describe('prepareImage', () => {
  it.each([
    [
      'grey, shrunk, cropped across',
      pattern(7, 5, 1),
      { channels: 1, resize: 3, height: 3, width: 3 },
      [58, 118, 178, 134, 195, 106, 175, 88, 131],
    ],
    [
      'grey, upright, cropped down and across',
      pattern(4, 9, 1),
      { channels: 1, resize: 3, height: 4, width: 2 },
      [156, 135, 145, 78, 156, 160, 145, 107],
    ],
    [
      'grey, enlarged',
      pattern(3, 2, 1),
      { channels: 1, resize: 4, height: 4, width: 5 },
      [0, 10, 29, 51, 77, 39, 52, 76, 87, 87, 117, 135, 169, 160, 106, 156, 176, 216, 196, 115],
    ],
    [
      'RGBA to grey, not resized',
      pattern(5, 4, 4),
      { channels: 1, resize: 4, height: 4, width: 4 },
      [33, 135, 128, 61, 144, 86, 147, 204, 195, 156, 162, 60, 92, 120, 146, 140],
    ],
    [
      'RGB, shrunk',
      pattern(6, 5, 3),
      { channels: 3, resize: 2, height: 2, width: 2 },
      [116, 129, 146, 99, 141, 125, 98, 152, 111, 139, 125, 123],
    ],
    [
      'grey to RGB',
      pattern(5, 5, 1),
      { channels: 3, resize: 3, height: 2, width: 2 },
      [61, 99, 197, 124, 61, 99, 197, 124, 61, 99, 197, 124],
    ],
    [
      'RGB to grey, cropped across',
      pattern(9, 4, 3),
      { channels: 1, resize: 4, height: 4, width: 4 },
      [104, 184, 61, 243, 190, 201, 140, 147, 92, 136, 157, 123, 110, 114, 215, 65],
    ],
  ])('%s', (_, image, input, expected) => {
    expect(Array.from(prepareImage(image, input))).toEqual(expected);
  });

  it.each([
    [
      'bicubic, shrunk',
      pattern(11, 7, 1),
      { channels: 1, resize: 4, height: 3, width: 4, interpolation: 'bicubic' },
      [74, 190, 161, 74, 118, 139, 142, 99, 131, 146, 96, 106],
    ],
    [
      'bicubic, enlarged, where it overshoots',
      pattern(3, 4, 3),
      { channels: 3, resize: 5, height: 4, width: 5, interpolation: 'bicubic' },
      [
        ...[40, 67, 126, 190, 222, 71, 78, 104, 195, 248, 7, 63, 152, 175, 178, 23, 53, 108, 158, 185],
        ...[145, 142, 138, 146, 152, 239, 163, 63, 161, 236, 48, 124, 219, 115, 36, 121, 123, 123, 108, 98],
        ...[135, 91, 43, 153, 227, 170, 98, 15, 154, 248, 103, 76, 48, 125, 179, 105, 123, 152, 166, 172],
      ],
    ],
    [
      'lanczos',
      pattern(13, 9, 1),
      { channels: 1, resize: 4, height: 4, width: 5, interpolation: 'lanczos' },
      [82, 176, 95, 172, 134, 122, 130, 116, 150, 126, 105, 152, 111, 142, 106, 118, 93, 82, 154, 139],
    ],
    [
      'nearest, shrunk',
      pattern(7, 5, 1),
      { channels: 1, resize: 3, height: 3, width: 3, interpolation: 'nearest' },
      [0, 90, 236, 14, 240, 10, 212, 62, 224],
    ],
    [
      'nearest, enlarged',
      pattern(3, 2, 1),
      { channels: 1, resize: 5, height: 4, width: 6, interpolation: 'nearest' },
      [0, 0, 38, 38, 38, 90, 0, 0, 38, 38, 38, 90, 156, 156, 236, 236, 236, 74, 156, 156, 236, 236, 236, 74],
    ],
    [
      'squashed',
      pattern(9, 6, 1),
      { channels: 1, resize: 5, height: 4, width: 3, interpolation: 'bicubic', fit: 'squash' },
      [118, 156, 130, 148, 84, 145, 115, 124, 157, 84, 122, 182],
    ],
    [
      'the middle square first, wide',
      pattern(10, 7, 1),
      { channels: 1, height: 4, width: 4, fit: 'square' },
      [105, 134, 175, 125, 155, 127, 160, 132, 139, 137, 148, 116, 89, 110, 109, 141],
    ],
    [
      'the middle square first, tall',
      pattern(6, 9, 1),
      { channels: 1, height: 4, width: 4, fit: 'square' },
      [113, 99, 172, 212, 53, 75, 182, 169, 81, 118, 150, 166, 150, 118, 135, 199],
    ],
  ] as const)('%s', (_, image, input, expected) => {
    expect(Array.from(prepareImage(image, input))).toEqual(expected);
  });

  it('rounds an uneven crop margin to the even side, as Python does', () => {
    const row = (width: number): DecodedImage => ({
      width,
      height: 1,
      channels: 1,
      pixels: Uint8Array.from({ length: width }, (_, i) => i),
    });
    const crop = { channels: 1, height: 1, width: 4, resize: 1 };
    expect(Array.from(prepareImage(row(5), crop))).toEqual([0, 1, 2, 3]); // 0.5 -> 0
    expect(Array.from(prepareImage(row(7), crop))).toEqual([2, 3, 4, 5]); // 1.5 -> 2
    expect(Array.from(prepareImage(row(9), crop))).toEqual([2, 3, 4, 5]); // 2.5 -> 2
  });

  it('covers a crop that is not square when no size is asked for', () => {
    const image = pattern(8, 16, 1);
    const covered = prepareImage(image, { channels: 1, height: 4, width: 8 });
    expect(Array.from(covered)).toEqual(Array.from(image.pixels.subarray(8 * 6, 8 * 10)));
    expect(prepareImage(image, { channels: 1, height: 3, width: 31 })).toHaveLength(93);
  });

  it('takes an image as it is where the sizes agree', () => {
    const image = pattern(28, 28, 1);
    expect(Array.from(prepareImage(image, { channels: 1, height: 28, width: 28 }))).toEqual(Array.from(image.pixels));
  });

  it('computes the crop alone: a row of a million pixels is not enlarged first', () => {
    const image = { width: 1_000_000, height: 1, channels: 1, pixels: new Uint8Array(1_000_000).fill(9) } as const;
    const prepared = prepareImage(image, { channels: 3, height: 224, width: 224, resize: 256 });
    expect(prepared).toHaveLength(3 * 224 * 224);
    expect(prepared.every((value) => value === 9)).toBe(true);
  });

  it.each([
    ['channels', pattern(4, 4, 3), { channels: 2, height: 4, width: 4 }],
    ['resize', pattern(4, 4, 3), { channels: 3, height: 4, width: 4, resize: 3 }],
    ['resize', pattern(4, 4, 3), { channels: 3, height: 4, width: 4, resize: Number.NaN }],
    ['width', { ...pattern(4, 4, 3), width: 0 }, { channels: 3, height: 4, width: 4 }],
    ['pixels', { ...pattern(4, 4, 3), height: 5 }, { channels: 3, height: 4, width: 4 }],
  ])('refuses invalid input, naming %s', (field, image, input) => {
    expect(() => prepareImage(image, input)).toThrow(ConfigError);
    expect(() => prepareImage(image, input)).toThrow(new RegExp(`^${field}: `));
  });
});

test('resizingOf takes what differs from the defaults, and nothing of size and normalisation', () => {
  const size: Preprocessing = { channels: 3, height: 4, width: 4, mean: [0], std: [1] };
  expect(resizingOf(size)).toBeUndefined();
  const resizing = {
    resize: { height: 8, width: 9 },
    interpolation: 'bicubic',
    fit: 'border',
    fill: [1, 2, 3],
    centre: 'floor',
  } as const;
  expect(resizingOf({ ...size, ...resizing })).toEqual(resizing);
});
