// What importing a file of weights found out and what it had to assume: plain data, so that it can be sent to a page, and the
// same in English sentences for a terminal.

import type { Dtype } from '../../data/tensor.ts';
import { printable } from '../../runtime/printable.ts';
import { PRESETS, type PresetName } from '../presets.ts';
import type { WeightsFormat } from './contents.ts';
import { listNames, type NamingScheme } from './names.ts';

/** Where something that no tensor says was taken from. */
export type Source =
  | 'metadata' // the file's own metadata
  | 'config' // a config.json beside it
  | 'labels' // a file of class names beside it
  | 'chosen' // an option
  | 'torchvision' // what torchvision does with its ImageNet weights
  | 'torchxrayvision' // what torchxrayvision does with its chest X-ray weights
  | 'imagenet' // the names of ImageNet's classes, for 1000 classes of colour images
  | 'assumed' // nothing says so
  | 'none'; // there is none

/** What an option or a sidecar file can override. */
export type Overridden = 'input size' | 'mean' | 'std' | 'resizing' | 'class names' | 'batch-norm epsilon';

/** What importing found out; `describeReport` has it in sentences. */
export type ImportReport = {
  /** As the caller named it. */
  readonly file: string;
  /** Whether the file carries its own SHA-256, which matched (data/file-digest.ts). */
  readonly checked: boolean;
  /** The file's format, by its content. */
  readonly format: WeightsFormat;
  /** Where in a checkpoint the weights were: `state_dict`; '' where the file is nothing else. */
  readonly path: string;
  /** A whole PyTorch module was saved, not its state dict. */
  readonly isModule: boolean;
  /** What else the file has and is of no use here, one text each: `epoch = 12`, `optimizer (a dict of 2)`. */
  readonly passedOver: readonly string[];
  /** Whose names the tensors have. */
  readonly scheme: NamingScheme;
  /** What the file's names have before `features.`; '' where they have nothing. */
  readonly prefix: string;
  /** The preset with these layers, whatever the classes and the input. */
  readonly model: PresetName | null;
  /** Numbers of the network that training can change. */
  readonly parameters: number;
  /** How many of the file's tensors are used. */
  readonly tensors: number;
  /** The file's name of the classifier's weight; null: a new classifier was made. */
  readonly classifier: string | null;
  /** Where the first convolution was adapted: the channels of the weights, and those of the network; else null. */
  readonly inputChannels: {
    /** As the weights have it. */
    readonly of: number;
    /** As the network has it. */
    readonly now: number;
  } | null;
  /** False: the classifier had no bias, and has zeros now. */
  readonly bias: boolean;
  /** The file's name of the thresholds from which on classes count as present; null: there are none. */
  readonly thresholds: string | null;
  /** Tensors that are not used, without an option saying so. */
  readonly unused: readonly string[];
  /** Of those, names inside the trunk: if the network computes with them, results differ. */
  readonly unusedInTrunk: readonly string[];
  /** Left out by the option `ignore`: where the network that was saved computes with them, results differ. */
  readonly ignored: readonly string[];
  /** What the file's metadata say and an option or a sidecar file overrides. */
  readonly overridden: readonly Overridden[];
  /** Tensors that were not float32, by their type. */
  readonly converted: readonly {
    /** Their type. */
    readonly dtype: Dtype;
    /** How many there were. */
    readonly tensors: number;
  }[];
  /** Where what no tensor says was taken from. */
  readonly sources: {
    /** Height and width. */
    readonly inputSize: Source;
    /** Mean, std and resizing. */
    readonly preprocessing: Source;
    /** Names of the classes. */
    readonly classNames: Source;
    /** Whether an image may have several classes. */
    readonly multiLabel: Source;
  };
};

const SCHEMES: Readonly<Record<NamingScheme, string>> = {
  torchvision: "torchvision's names",
  'torchvision-legacy': "torchvision's legacy names (norm.1)",
  monai: "MONAI's names",
  sequential: 'indices of a Sequential instead of names',
  keras: "Keras's layers",
  mmpretrain: "mmpretrain's names",
};

const FORMATS: Readonly<Record<WeightsFormat, string>> = {
  safetensors: 'safetensors',
  'pytorch-zip': "PyTorch's file (zip)",
  'pytorch-legacy': "PyTorch's file in its older form",
  pickle: 'a pickle',
  onnx: 'ONNX',
  'keras-h5': "Keras's HDF5",
  'keras-zip': "Keras's .keras",
  tfjs: "TensorFlow.js's layers model",
};

/** How the bytes were checked for damage. */
const CHECKS: Readonly<Record<WeightsFormat, string>> = {
  safetensors: 'SHA-256: not in the file; damage to its numbers would go unnoticed',
  'pytorch-zip': "CRC-32: matches the file's own",
  'pytorch-legacy': 'the file has no checksum; damage to its numbers would go unnoticed',
  pickle: 'the file has no checksum; damage to its numbers would go unnoticed',
  onnx: 'the file has no checksum; damage to its numbers would go unnoticed',
  'keras-h5': 'the file has no checksum; damage to its numbers would go unnoticed',
  'keras-zip': "CRC-32: matches the file's own",
  tfjs: 'the files have no checksum; damage to their numbers would go unnoticed',
};

/** What the weights of a format are, where they are not a state dict. */
const STATES: Partial<Record<WeightsFormat, string>> = {
  onnx: 'the initialisers of a graph',
  'keras-h5': 'the weights of its layers, kernels turned from HWIO to OIHW',
  'keras-zip': 'the weights of its layers, kernels turned from HWIO to OIHW',
  tfjs: 'the weights of its layers, kernels turned from HWIO to OIHW',
};

/** What was taken of a file that holds more than a state dict, and what was not. */
function checkpointNotes({ format, path, isModule, passedOver }: ImportReport): string[] {
  if (format === 'safetensors') return [];
  const state = STATES[format] ?? 'a state dict';
  const what = isModule ? 'a whole module, of which only the tensors are read' : state;
  return [
    `format: ${FORMATS[format]}; ${what}${path === '' ? '' : `, under ${path}`}; nothing in it is run`,
    ...(passedOver.length > 0 ? [`of no use here: ${passedOver.join(', ')}`] : []),
  ];
}

const SOURCES: Readonly<Record<Source, string>> = {
  metadata: "from the file's metadata",
  config: 'from the config.json beside it',
  labels: 'from the file of class names',
  chosen: 'as chosen',
  torchvision: 'as torchvision does with ImageNet weights (assumed)',
  torchxrayvision: 'as torchxrayvision does with chest X-rays (assumed)',
  imagenet: "ImageNet's (assumed, as there are 1000)",
  assumed: 'assumed: nothing says so',
  none: 'none',
};

/** Names that are listed before the rest is counted. */
const SHOWN = 8;

/** What of the file is not used or is overridden, one line each; nothing where there is no such thing. */
export function unusedNote({ file, unused, ignored, overridden }: ImportReport, most = SHOWN): string[] {
  const lines: string[] = [];
  if (unused.length > 0) lines.push(`unused in ${file}: ${listNames(unused, most)}`);
  if (ignored.length > 0) {
    const names = listNames(ignored, most);
    lines.push(`ignored in ${file}, as asked: ${names}; if its network computes with them, results differ`);
  }
  if (overridden.length > 0)
    lines.push(`overridden by what you gave, though ${file} says it: ${overridden.join(', ')}`);
  return lines;
}

/** timm's densenetblur121d has the tensors of densenet121d, and blur filters: only a config.json beside them can tell. */
const poolingNote = ({ model, sources }: ImportReport): string[] =>
  model !== null && PRESETS[model].stem === 'deep' && sources.preprocessing !== 'config'
    ? ['pooling: assumed to be a maximum; densenetblur121d has the same tensors, and its config.json would tell']
    : [];

function adaptedNote({ inputChannels }: ImportReport): string[] {
  if (!inputChannels) return [];
  const { of, now } = inputChannels;
  const how = now === 1 ? `summed over its ${of} channels` : `its ${of} channels repeated and scaled by ${of}/${now}`;
  return [`first convolution: adapted from ${of} to ${now} input channels as timm does: ${how}`];
}

/** The report as sentences, one per line; names from the file are escaped where a terminal would obey them. */
export function describeReport(report: ImportReport): string[] {
  const { sources } = report;
  const model = report.model ?? 'a DenseNet other than the presets';
  const prefix = report.prefix === '' ? 'no prefix' : `the prefix ${report.prefix}`;
  const bias = report.bias ? '' : ', without a bias: zeros';
  return [
    `${report.file}: ${model}, ${report.parameters.toLocaleString('en')} parameters; ${SCHEMES[report.scheme]}, ${prefix}`,
    ...checkpointNotes(report),
    report.classifier === null ? 'classifier: a new one, untrained' : `classifier: ${report.classifier}${bias}`,
    ...adaptedNote(report),
    ...report.converted.map(({ dtype, tensors }) => `${tensors} tensors of type ${dtype}, converted to float32`),
    ...(report.thresholds === null ? [] : [`thresholds of the classes: ${report.thresholds}`]),
    ...unusedNote(report, Number.POSITIVE_INFINITY),
    ...poolingNote(report),
    `input size: ${SOURCES[sources.inputSize]}`,
    `preprocessing: ${SOURCES[sources.preprocessing]}`,
    `class names: ${SOURCES[sources.classNames]}`,
    `multi-label: ${SOURCES[sources.multiLabel]}`,
    report.checked ? "SHA-256: matches the file's own" : CHECKS[report.format],
  ].map(printable);
}
