// Good files for the readers that targets.ts names, small ones, and some on the edge: what mutations start from.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { imagesFileParts } from '../../demo/runs/images-file.ts';
import { configToJson } from '../../src/densenet/config-json.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { writeTrainingState } from '../../src/densenet/train/training-state.ts';
import { writeOnnx } from '../../src/export/onnx.ts';
import { CacheTable, cacheTail, FOOTER_BYTES } from '../../src/node/cache-format.ts';
import { sampleRun } from '../fixtures/sample-run.ts';
import { textBehindLength } from './mutations.ts';

/** The JSON that a safetensors file begins with. */
export const HEADER = textBehindLength(0, 8, 8);
export const utf8 = (text: string) => new TextEncoder().encode(text);
export const json =
  (...values: readonly unknown[]) =>
  () =>
    values.map((value) => utf8(JSON.stringify(value)));
export const golden = (name: string) => new Uint8Array(readFileSync(new URL(`../golden/${name}`, import.meta.url)));

/** Without its SHA-256, which would refuse every change before anything else is read. */
export const undigested = (bytes: Uint8Array) => {
  const text = HEADER.take(bytes) ?? '';
  return HEADER.put(bytes, text.replace(/"file_sha256(_rule)?":"[^"]*",?/g, '').replace(/,(?=\s*\})/g, ''));
};

export const CONFIG = {
  ...PRESETS['bc-100-12'],
  growthRate: 3,
  blockLayers: [2, 1],
  initialChannels: 5,
  classes: 2,
  inputChannels: 1,
  height: 9,
  width: 12,
};
const sample = () => sampleRun(CONFIG, 'adamw');
export const state = () => {
  const { network, run, trainer } = sample();
  return undigested(writeTrainingState(network, trainer, { run, classNames: ['cat', '고양이'] }));
};
export const checkpoint = () => {
  const { network, trainer } = sample();
  const normalisation = { mean: [0.5], std: [0.25] };
  return undigested(
    writeCheckpoint(network, toStateDict(network, trainer), {
      classNames: ['a', 'b'],
      normalisation,
      resizing: { resize: 20 },
      multiLabel: true,
      temperature: 1.5,
      thresholds: [0.25, 0.75],
    }),
  );
};

export const onnx = () => {
  const { network, trainer } = sample();
  return writeOnnx(network, toStateDict(network, trainer), { classNames: ['a', 'b'] });
};

/** Names of a trunk in a plain Sequential, with tensors of one number: as many as fit a small file. */
export function numberedChildren(count: number): Uint8Array {
  const entries = Array.from({ length: count }, (_, i) => [
    `4.denselayer${i}.norm1.weight`,
    { dtype: 'F32', shape: [1], data_offsets: [4 * i, 4 * i + 4] },
  ]);
  const header = utf8(JSON.stringify(Object.fromEntries(entries)));
  const bytes = new Uint8Array(8 + header.length + 4 * count);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  return bytes;
}

export const TIMM = json({
  architecture: 'densenet121',
  num_classes: 3,
  pretrained_cfg: {
    input_size: [3, 32, 32],
    mean: [0.4, 0.4, 0.4],
    std: [0.2, 0.2, 0.2],
    crop_pct: 0.9,
    interpolation: 'bicubic',
  },
  id2label: { 0: 'a', 1: 'b', 2: 'c' },
  problem_type: 'single_label_classification',
});
export const GOLDEN = {
  stem: 'cifar',
  growth: 4,
  blocks: [2, 2],
  init: 8,
  bottleneck: 4,
  compression: 0.5,
  classes: 3,
  channels: 3,
  size: 8,
  optimizer: 'adamw',
  betas: [0.9, 0.999],
};

export const PNG = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP8z8DAwMDAxMDAwMDAAAANHQEDasKb6QAAAABJRU5ErkJggg=='),
  (c) => c.charCodeAt(0),
);
const hex = (digits: string) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
export const JPEG = hex(
  'ffd8ffe000104a46494600010100000100010000ffc0000b080002000201011100ffda0008010100003f00010203ffd9',
);
export const GIF = hex('474946383961020002008000000102030405062c00000000020002000002028401003b');
export const WEBP = hex(
  '524946462800000057454250565038580a00000002000000010000010000000000000000000000000000000000000000',
);
export const BMP = Uint8Array.of(0x42, 0x4d, 30, 0, 0, 0, ...new Uint8Array(12), 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0);
export const AVIF = Uint8Array.of(0, 0, 0, 24, ...utf8('ftypavif'), 0, 0, 0, 0, ...utf8('avifmif1'));

export const npy = (header: string, data: Uint8Array, version = 1) => {
  const text = utf8(header);
  const length = version === 1 ? [text.length & 0xff, text.length >> 8] : [text.length, 0, 0, 0];
  return Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length, ...text, ...data);
};

export const idx = (shape: readonly number[], data: Uint8Array) =>
  Uint8Array.of(0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, size >> 8, size & 0xff]), ...data);

export const TUNING = {
  version: 1,
  key: 'gpu',
  classes: [
    {
      kernel: 'conv1x1/forward',
      map: '8x8',
      bucket: 1,
      outputs: 4,
      points: [{ inputs: 8, candidates: [{ tile: 'a', splitK: 1, milliseconds: 0.5 }] }],
    },
  ],
};

export const images = () => {
  const set = {
    count: 2,
    channels: 1,
    height: 2,
    width: 2,
    pixels: new Uint8Array(8),
    labels: Int32Array.of(0, 1),
    classNames: ['a', 'b'],
  };
  return undigested(Uint8Array.from(imagesFileParts(set).flatMap((part) => [...part])));
};

export const keptRun = () => {
  const { run } = sample();
  const set = { count: 4 };
  return utf8(
    JSON.stringify({
      version: 1,
      id: 'run-1',
      dataName: 'data',
      started: 1,
      saved: 2,
      place: { epoch: 1, updates: 2, updatesPerEpoch: 5 },
      progress: { epochs: 3, points: [{ at: 0.5, loss: 1, accuracy: 0.5, learningRate: 0.1, imagesPerSecond: 3 }] },
      request: {
        ...run.hyperparameters,
        config: configToJson(run.hyperparameters.config),
        training: set,
        validation: set,
        saveEvery: 1,
        reportLogits: false,
        about: {},
      },
    }),
  );
};

/**
 * A data set as MedMNIST has them, of 3 images.
 * @param columns labels per image
 * @param images the array of training images, in place of a good one; no other part is there then
 */
export const medmnist = (level: 0 | 6 | 9, columns = 1, images?: Uint8Array) => {
  const array = (shape: string, count: number) =>
    npy(`{'descr': '|u1', 'fortran_order': False, 'shape': ${shape}, }`, new Uint8Array(count).fill(1));
  const part = { 'images.npy': array('(3, 4, 4, 3)', 144), 'labels.npy': array(`(3, ${columns})`, 3 * columns) };
  if (images) return zipSync({ 'train_images.npy': images, 'train_labels.npy': part['labels.npy'] }, { level });
  const named = ['train_', 'val_', 'test_'].flatMap((name) =>
    Object.entries(part).map(([key, value]) => [name + key, value]),
  );
  return zipSync(Object.fromEntries(named), { level });
};

export const MANIFESTS = [
  'path,label\na.png,cat\n"b, 1.png","dog"\nc.png,cat\n',
  '\ufefffile;label\r\na.png;1\r\nb.png;0\r\n',
  'a.png\tx\nb.png\ty\n',
  'path,mass,nodule,split,patient\na.png,1,0,train,p1\nb.png,,1,val,p2\n',
];

/** What follows the pixels in a file of decoded images, 3 x 4 x 5 each. */
export const decodedTail = (count: number): Uint8Array => {
  const table = new CacheTable(3);
  for (let file = 0; file < count; file++) {
    table.add({ digest: new Uint8Array(16), height: 4, width: 5, file, sums: [1, 2, 3], squares: [4, 5, 6] });
  }
  const size = { count, channels: 3, height: 4, width: 5 };
  const problems = [{ file: 3, problem: 'is empty' }];
  return cacheTail(table, {
    key: 'k',
    ...size,
    problems,
    notes: [],
    parts: [{ assignment: 'a', digests: ['b'] }],
    chosen: ['c'],
  });
};

/** With the SHA-256 that its bytes have now. */
export const digestedTail = (tail: Uint8Array): Uint8Array => {
  const copy = tail.slice();
  const end = Math.max(0, copy.length - FOOTER_BYTES);
  const digest = createHash('sha256').update(copy.subarray(0, end)).digest();
  if (copy.length >= FOOTER_BYTES) copy.set(digest, copy.length - 32);
  return copy;
};
