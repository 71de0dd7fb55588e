// How files beside weights say that images are prepared, against PIL 9.4 and torchvision 0.14: timm's rule and those of Hugging
// Face's processors, written down in Python by their own sources.
import { describe, expect, it } from 'vitest';
import { type DecodedImage, prepareImage } from '../../data/preprocess.ts';
import { WeightsError } from '../../runtime/errors.ts';
import { PRESETS } from '../presets.ts';
import { preprocessingOf } from './preprocessing.ts';
import { readModelConfig } from './sidecar-files.ts';

function pattern(width: number, height: number): DecodedImage {
  const pixels = Uint8Array.from({ length: width * height }, (_, i) => (i * i * 7 + i * 31) % 256);
  return { width, height, channels: 1, pixels };
}
const read = (json: object) => readModelConfig({ name: 'c.json', text: JSON.stringify(json) });
function preprocessing(json: object, own?: Parameters<typeof preprocessingOf>[1]['own'], channels = 1) {
  const sidecar = read(json);
  const config = { ...PRESETS['bc-100-12'], inputChannels: channels, ...(sidecar.size ?? { height: 8, width: 8 }) };
  return preprocessingOf(config, { own, sidecar });
}

it.each<[string, [number, number], object, number[]]>([
  [
    'timm: center, upright input, wide image',
    [14, 10],
    { mean: [0.5], std: [0.25], interpolation: 'bilinear', input_size: [1, 6, 3], crop_pct: 1.0 },
    [139, 106, 140, 133, 152, 178, 130, 113, 126, 145, 111, 131, 152, 100, 75, 178, 88, 125],
  ],
  [
    'timm: center, upright input, upright image',
    [6, 11],
    { mean: [0.5], std: [0.25], interpolation: 'bilinear', input_size: [1, 6, 3], crop_pct: 0.875 },
    [73, 131, 175, 68, 132, 200, 80, 134, 162, 143, 125, 161, 143, 117, 73, 109, 116, 97],
  ],
  [
    'timm: center, wide input: always bilinear',
    [10, 10],
    { mean: [0.5], std: [0.25], interpolation: 'bicubic', input_size: [1, 3, 5], crop_pct: 0.9 },
    [121, 153, 145, 153, 114, 122, 113, 125, 129, 113, 113, 113, 137, 125, 131],
  ],
  [
    'timm: squash, not square',
    [14, 10],
    { mean: [0.5], std: [0.25], interpolation: 'bicubic', input_size: [1, 6, 3], crop_pct: 0.75, crop_mode: 'squash' },
    [158, 125, 160, 122, 147, 134, 115, 106, 106, 126, 140, 137, 151, 112, 103, 153, 128, 92],
  ],
  [
    'timm: border, wide image',
    [14, 5],
    { mean: [0.3], std: [0.25], interpolation: 'bilinear', input_size: [1, 5, 4], crop_pct: 1.0, crop_mode: 'border' },
    [76, 76, 76, 76, 76, 76, 76, 76, 127, 128, 138, 115, 76, 76, 76, 76, 76, 76, 76, 76],
  ],
  [
    'timm: border, upright image, square input',
    [4, 11],
    { mean: [0.5], std: [0.25], interpolation: 'lanczos', input_size: [1, 4, 4], crop_pct: 0.8, crop_mode: 'border' },
    [128, 99, 129, 128, 128, 136, 127, 128, 128, 148, 92, 128, 128, 167, 98, 128],
  ],
  [
    'timm: center, a crop larger than the image',
    [9, 7],
    { mean: [0.5], std: [0.25], interpolation: 'bilinear', input_size: [1, 4, 4], crop_pct: 1.4 },
    [0, 0, 0, 0, 0, 113, 148, 0, 0, 122, 122, 0, 0, 0, 0, 0],
  ],
  [
    'timm: center, square',
    [9, 7],
    { mean: [0.5], std: [0.25], interpolation: 'bicubic', input_size: [1, 4, 4], crop_pct: 0.875 },
    [76, 133, 121, 139, 79, 125, 114, 151, 185, 84, 135, 160, 116, 125, 111, 99],
  ],
  [
    'timm: box',
    [9, 7],
    { mean: [0.5], std: [0.25], interpolation: 'box', input_size: [1, 3, 3], crop_pct: 1 },
    [102, 105, 192, 111, 135, 142, 108, 124, 95],
  ],
  [
    'timm: hamming',
    [9, 7],
    { mean: [0.5], std: [0.25], interpolation: 'hamming', input_size: [1, 3, 3], crop_pct: 0.75 },
    [124, 136, 156, 113, 143, 150, 74, 131, 147],
  ],
  [
    'Hugging Face: size of two lengths',
    [14, 10],
    { image_mean: [0.5], image_std: [0.25], size: { height: 5, width: 3 }, resample: 2 },
    [129, 135, 125, 127, 141, 112, 123, 122, 127, 141, 110, 97, 138, 120, 120],
  ],
  [
    'Hugging Face: a number, both sides',
    [14, 10],
    { image_mean: [0.5], image_std: [0.25], size: 4, resample: 3 },
    [129, 133, 149, 113, 123, 129, 126, 114, 139, 123, 114, 110, 143, 128, 111, 107],
  ],
  [
    'Hugging Face: the shorter side, then the middle: rounded down',
    [11, 7],
    {
      image_mean: [0.5],
      image_std: [0.25],
      size: { shortest_edge: 5 },
      crop_size: { height: 4, width: 4 },
      do_center_crop: true,
      resample: 3,
    },
    [67, 174, 177, 109, 81, 100, 177, 148, 169, 189, 84, 125, 136, 76, 152, 87],
  ],
  [
    'Hugging Face: a number and a crop',
    [7, 12],
    { image_mean: [0.5], image_std: [0.25], size: 6, crop_size: 4, do_center_crop: true, resample: 1 },
    [121, 17, 124, 211, 214, 120, 57, 154, 149, 126, 144, 32, 99, 42, 90, 58],
  ],
  [
    'Hugging Face: a crop larger than the image',
    [8, 5],
    {
      image_mean: [0.5],
      image_std: [0.25],
      do_resize: false,
      crop_size: { height: 8, width: 5 },
      do_center_crop: true,
    },
    [
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 38, 90, 156, 236, 74, 78, 242, 164, 100, 50, 246, 10, 44, 92, 154, 30, 162, 52, 212,
      130, 198, 186, 188, 204, 234, 0, 0, 0, 0, 0,
    ],
  ],
  [
    'Hugging Face: ConvNeXt below 384',
    [14, 10],
    {
      image_mean: [0.5],
      image_std: [0.25],
      size: { shortest_edge: 5 },
      crop_pct: 0.8,
      image_processor_type: 'ConvNextImageProcessor',
      resample: 2,
    },
    [
      160, 139, 106, 140, 137, 117, 133, 152, 178, 139, 97, 130, 113, 126, 94, 133, 145, 111, 131, 148, 135, 152, 100,
      75, 93,
    ],
  ],
  [
    'Hugging Face: box',
    [9, 8],
    { image_mean: [0.5], image_std: [0.25], size: { height: 3, width: 4 }, resample: 4 },
    [69, 142, 125, 152, 176, 76, 186, 160, 120, 117, 126, 90],
  ],
  [
    'Hugging Face: hamming',
    [9, 8],
    { image_mean: [0.5], image_std: [0.25], size: { height: 3, width: 4 }, resample: 5 },
    [96, 130, 112, 172, 151, 92, 163, 143, 112, 122, 122, 98],
  ],
  [
    'Hugging Face: nearest',
    [9, 8],
    { image_mean: [0.5], image_std: [0.25], size: { height: 3, width: 4 }, resample: 0 },
    [242, 100, 14, 240, 234, 80, 238, 196, 96, 190, 84, 34],
  ],
])('%s', (_, size, json, expected) => {
  const found = preprocessing(json);
  expect(found.source).toBe('config');
  expect(Array.from(prepareImage(pattern(...size), found.preprocessing))).toEqual(expected);
});
describe('what takes precedence', () => {
  const own = {
    normalisation: { mean: [0.1], std: [0.2] },
    resizing: { resize: 9, interpolation: 'bicubic' },
  } as const;

  it('what is given beside the weights, over what they say themselves', () => {
    expect(preprocessing({ mean: [0.5], std: [0.25] }, own).preprocessing).toMatchObject({
      mean: [0.5],
      std: [0.25],
      resize: 9,
      interpolation: 'bicubic',
    });
    expect(preprocessing({ input_size: [1, 4, 4] }, own).preprocessing).toMatchObject({
      mean: [0.1],
      std: [0.2],
      resize: 4,
    });
    expect(preprocessing({ id2label: { 0: 'a' } }, own)).toMatchObject({ source: 'metadata' });
  });

  it('as many numbers as there are channels', () => {
    expect(() => preprocessing({ image_mean: [1, 2, 3], image_std: [1, 1, 1], size: 8 })).toThrow(WeightsError);
  });

  it("timm's bicubic where a file of its own says nothing", () => {
    expect(read({ architecture: 'densenet121', input_size: [3, 8, 8] }).interpolation).toBe('bicubic');
    expect(read({ input_size: [3, 8, 8], mean: [0, 0, 0] }).interpolation).toBeUndefined();
  });

  it('no file without a known key', () => {
    expect(() => read({ lr: 0.1, epochs: 3 })).toThrow(/c\.json: .*no key that says how .*; it has lr, epochs/);
    expect(() => read({})).toThrow(/it is empty/);
  });
});
