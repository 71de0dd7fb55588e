// Every reader of what somebody else may have written, and good files for it. A reader is given bytes and gives a value or
// throws a DenseNetError; nothing else may happen (run-case.ts).

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { readUrlState } from '../../bench/page/url-state.ts';
import { readReport } from '../../bench/report.ts';
import { chooseNetwork } from '../../cli/networks.ts';
import { readImageHeader } from '../../demo/images/image-header.ts';
import { inspect } from '../../demo/images/refusal.ts';
import { readPart, readPlace } from '../../demo/inside/place.ts';
import { imagesFileParts, readImagesFile } from '../../demo/runs/images-file.ts';
import { parseKeptRun } from '../../demo/runs/kept-run.ts';
import { readRate } from '../../demo/train/rate.ts';
import { readAddress } from '../../demo/views.ts';
import { isCifar, readCifar } from '../../src/data/cifar.ts';
import { readImages, readLabels } from '../../src/data/idx.ts';
import { parseJson } from '../../src/data/json.ts';
import { readNpy } from '../../src/data/npy.ts';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { toFloat32 } from '../../src/data/tensor.ts';
import { parseAutotuneRecord } from '../../src/densenet/autotune/cache.ts';
import { configToJson, parseConfigJson, parseGoldenConfig } from '../../src/densenet/config-json.ts';
import { readGolden } from '../../src/densenet/golden/golden.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { readTrainingState, writeTrainingState } from '../../src/densenet/train/training-state.ts';
import { readClassNames } from '../../src/densenet/weights/class-names.ts';
import { importWeights } from '../../src/densenet/weights/import-weights.ts';
import { describeReport } from '../../src/densenet/weights/report.ts';
import { isModelConfig, readModelConfig } from '../../src/densenet/weights/sidecar-files.ts';
import { decodeMessage, encodeMessage } from '../../src/jobs/message.ts';
import { inflateIfGzipped } from '../../ui/gunzip.ts';
import { sampleReport } from '../bench/sample-report.ts';
import { sampleRun } from '../fixtures/sample-run.ts';
import { type TextPart, textBehindLength, WHOLE_TEXT } from './mutations.ts';

export interface Target {
  /** Files to change: the first is good, others may be on the edge. */
  readonly seeds: () => readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => unknown;
  /** The text in it that is changed as text. */
  readonly part?: TextPart;
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const json =
  (...values: readonly unknown[]) =>
  () =>
    values.map((value) => utf8(JSON.stringify(value)));
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const golden = (name: string) => new Uint8Array(readFileSync(new URL(`../golden/${name}`, import.meta.url)));

const HEADER = textBehindLength(0, 8, 8);
/** Without its SHA-256, which would refuse every change before anything else is read. */
const undigested = (bytes: Uint8Array) => {
  const text = HEADER.take(bytes) ?? '';
  return HEADER.put(bytes, text.replace(/"file_sha256(_rule)?":"[^"]*",?/g, '').replace(/,(?=\s*\})/g, ''));
};

const CONFIG = {
  ...PRESETS['bc-100-12'],
  ...{ growthRate: 3, blockLayers: [2, 1], initialChannels: 5, classes: 2, inputChannels: 1, height: 9, width: 12 },
};
const sample = () => sampleRun(CONFIG, 'adamw');
const state = () => {
  const { network, run, trainer } = sample();
  return undigested(writeTrainingState(network, trainer, { run, classNames: ['cat', '고양이'] }));
};
const checkpoint = () => {
  const { network, trainer } = sample();
  const normalisation = { mean: [0.5], std: [0.25] };
  return undigested(
    writeCheckpoint(network, toStateDict(network, trainer), {
      classNames: ['a', 'b'],
      normalisation,
      resizing: { resize: 20 },
    }),
  );
};

/** Names of a trunk in a plain Sequential, with tensors of one number: as many as fit a small file. */
function numberedChildren(count: number): Uint8Array {
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

const TIMM = json({
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
const GOLDEN = {
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

const PNG = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP8z8DAwMDAxMDAwMDAAAANHQEDasKb6QAAAABJRU5ErkJggg=='),
  (c) => c.charCodeAt(0),
);
const JPEG = Uint8Array.of(
  ...[
    0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xc0, 0, 11, 8, 0, 2, 0,
    2, 1, 1, 0x11, 0,
  ],
  ...[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 3, 0xff, 0xd9],
);
const GIF = Uint8Array.of(
  ...utf8('GIF89a'),
  2,
  0,
  2,
  0,
  0x80,
  0,
  0,
  1,
  2,
  3,
  4,
  5,
  6,
  0x2c,
  0,
  0,
  0,
  0,
  2,
  0,
  2,
  0,
  0,
  2,
  2,
  0x84,
  1,
  0,
  0x3b,
);
const WEBP = Uint8Array.of(
  ...utf8('RIFF'),
  40,
  0,
  0,
  0,
  ...utf8('WEBPVP8X'),
  10,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  1,
  0,
  0,
  1,
  0,
  0,
  ...new Uint8Array(18),
);
const BMP = Uint8Array.of(0x42, 0x4d, 30, 0, 0, 0, ...new Uint8Array(12), 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0);
const AVIF = Uint8Array.of(0, 0, 0, 24, ...utf8('ftypavif'), 0, 0, 0, 0, ...utf8('avifmif1'));

const npy = (header: string, data: Uint8Array, version = 1) => {
  const text = utf8(header);
  const length = version === 1 ? [text.length & 0xff, text.length >> 8] : [text.length, 0, 0, 0];
  return Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length, ...text, ...data);
};

const idx = (shape: readonly number[], data: Uint8Array) =>
  Uint8Array.of(0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, size >> 8, size & 0xff]), ...data);

const TUNING = {
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

const images = () => {
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

const keptRun = () => {
  const { run } = sample();
  const set = { count: 4 };
  return utf8(
    JSON.stringify({
      ...{ version: 1, id: 'run-1', dataName: 'data', started: 1, saved: 2 },
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

export const TARGETS: Readonly<Record<string, Target>> = {
  safetensors: {
    seeds: () => [undigested(golden('weights/chest-x-ray.safetensors')), checkpoint(), images()],
    read: (bytes) => readSafetensors(bytes, 'file.safetensors'),
    part: HEADER,
  },
  weights: {
    seeds: () =>
      ['torchvision', 'legacy', 'timm', 'prefixed', 'chest-x-ray']
        .map((name) => undigested(golden(`weights/${name}.safetensors`)))
        .concat(checkpoint(), state(), numberedChildren(2000)),
    read: (bytes) => describeReport(importWeights(bytes, 'file.safetensors').report),
    part: HEADER,
  },
  'weights without a classifier': {
    seeds: () => [undigested(golden('weights/torchvision.safetensors'))],
    read: (bytes) => importWeights(bytes, 'file.safetensors', { newClassifier: { classes: 3 } }),
    part: HEADER,
  },
  checkpoint: {
    seeds: () => [checkpoint(), state()],
    read: (bytes) => readCheckpoint(bytes, 'file.safetensors'),
    part: HEADER,
  },
  'training state': {
    seeds: () => [state()],
    read: (bytes) => readTrainingState(bytes, 'file.safetensors'),
    part: HEADER,
  },
  golden: {
    seeds: () => [undigested(golden('plain-narrow-one-image.safetensors'))],
    read: (bytes) => readGolden(bytes, 'golden'),
    part: HEADER,
  },
  'images of a run': { seeds: () => [images()], read: (bytes) => readImagesFile(bytes, 'images'), part: HEADER },
  npy: {
    seeds: () => [
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n", new Uint8Array(8)),
      npy("{'descr': '>i8', 'fortran_order': False, 'shape': (3L,), }", new Uint8Array(24)),
      npy("{'descr': '|u1', 'fortran_order': True, 'shape': (), }", new Uint8Array(1)),
    ],
    read: (bytes) => toFloat32(readNpy(bytes, 'file.npy')),
    part: textBehindLength(8, 2, 10),
  },
  'npy, version 3': {
    seeds: () => [npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }", new Uint8Array(16), 3)],
    read: (bytes) => toFloat32(readNpy(bytes, 'file.npy')),
    part: textBehindLength(8, 4, 12),
  },
  idx: {
    seeds: () => [
      idx([2, 3, 3], new Uint8Array(18)),
      idx([1, 3, 2, 2], new Uint8Array(12)),
      idx([4], new Uint8Array(4)),
    ],
    read: (bytes) => (bytes[3] === 1 ? readLabels({ name: 'file', bytes }) : readImages({ name: 'file', bytes })),
  },
  cifar: {
    seeds: () => [new Uint8Array(3073), new Uint8Array(2 * 3074).fill(1)],
    read: (bytes) => [isCifar({ name: 'file', bytes }), readCifar([{ name: 'file', bytes }])],
  },
  gzip: {
    seeds: () =>
      [gzipSync(new Uint8Array(1e6)), gzipSync(utf8('some text that is short'))].map((bytes) => new Uint8Array(bytes)),
    read: (bytes) => inflateIfGzipped(bytes, 'file.gz'),
  },
  'a network as JSON': {
    seeds: json(configToJson(CONFIG)),
    read: (bytes) => parseConfigJson(parseJson(textOf(bytes), 'config')),
    part: WHOLE_TEXT,
  },
  'a golden as JSON': {
    seeds: json(GOLDEN),
    read: (bytes) => parseGoldenConfig(parseJson(textOf(bytes), 'config')),
    part: WHOLE_TEXT,
  },
  '--config': { seeds: json(GOLDEN), read: (bytes) => chooseNetwork(undefined, textOf(bytes)), part: WHOLE_TEXT },
  'config.json': {
    seeds: () => [...TIMM(), golden('weights/timm-config.json')],
    read: (bytes) => [
      isModelConfig({ name: 'config.json', text: textOf(bytes) }),
      readModelConfig({ name: 'config.json', text: textOf(bytes) }),
    ],
    part: WHOLE_TEXT,
  },
  'weights with a config.json': {
    seeds: () => [golden('weights/timm-config.json'), ...TIMM()],
    read: (bytes) =>
      importWeights(golden('weights/timm.safetensors'), 'file', {
        config: { name: 'config.json', text: textOf(bytes) },
      }),
    part: WHOLE_TEXT,
  },
  'class names': {
    seeds: () => [
      ...json({ 0: ['n1', 'tench'], 1: ['n2', 'shark'] }, ['a', 'b'], { a: 0, b: 1 })(),
      utf8('0: a\n1: b\r\n2: c\n'),
    ],
    read: (bytes) => readClassNames({ name: 'labels', text: textOf(bytes) }),
    part: WHOLE_TEXT,
  },
  message: {
    seeds: () => [encodeMessage({ a: [1, { b: 'c' }], x: new Uint8Array(9), y: [new Float32Array(1), Number.NaN] })],
    read: (bytes) => decodeMessage(bytes),
    part: textBehindLength(4, 4, 8),
  },
  'a cached autotune record': {
    seeds: json(TUNING),
    read: (bytes) => parseAutotuneRecord(textOf(bytes), 'gpu'),
    part: WHOLE_TEXT,
  },
  'a kept run': { seeds: () => [keptRun()], read: (bytes) => parseKeptRun(textOf(bytes)), part: WHOLE_TEXT },
  'a kept rate': {
    seeds: json({ secondsAPass: 1e-4, flopsASecond: 1e9, source: 'runs' }),
    read: (bytes) => readRate(textOf(bytes)),
    part: WHOLE_TEXT,
  },
  'a benchmark report': {
    seeds: json(sampleReport({ 'bc-100-12': 3, 'bc-100-12:training:8': 'no' })),
    read: (bytes) => readReport(textOf(bytes), 'report'),
    part: WHOLE_TEXT,
  },
  "the demo page's address": {
    seeds: () => ['?model=a&selftest#inside?block=2&layer=3&part=reuse', '#train', '?model=%E0%A4#%'].map(utf8),
    read: (bytes) => {
      const [search = '', ...hash] = textOf(bytes).split('#');
      const found = readAddress({ search, hash: `#${hash.join('#')}` });
      return [found, readPlace(found.within, [{ layers: [] }]), readPart(found.within)];
    },
    part: WHOLE_TEXT,
  },
  "the bench page's address": {
    seeds: () =>
      [
        'run=short&seconds=2',
        'run=bc-100-12:training:8:recompute,densenet121&repeats=3',
        'baselines=tfjs,onnx&run=tiny:inference:2',
        'run=__proto__',
      ].map(utf8),
    read: (bytes) => readUrlState(new URLSearchParams(textOf(bytes))),
    part: WHOLE_TEXT,
  },
  'image headers': {
    seeds: () => [PNG, JPEG, GIF, WEBP, BMP, AVIF, utf8('<?xml version="1.0"?><!-- a --><svg xmlns="x">')],
    read: (bytes) => inspect(bytes, readImageHeader(bytes)),
  },
};
