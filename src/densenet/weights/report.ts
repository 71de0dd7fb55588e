// What importing a file of weights found out and what it had to assume: plain data, so that it crosses to a page, and the
// same in English sentences for a terminal.

import type { Dtype } from '../../data/tensor.ts';
import { printable } from '../../runtime/printable.ts';
import type { PresetName } from '../presets.ts';
import { listed } from './fit.ts';
import type { NamingScheme } from './names.ts';

/** Where something that no tensor says was taken from. */
export type Source =
  | 'metadata' // the file's own metadata
  | 'config' // a config.json beside it
  | 'labels' // a file of class names beside it
  | 'chosen' // whoever imports said so
  | 'torchvision' // what torchvision does with its ImageNet weights
  | 'torchxrayvision' // what torchxrayvision does with its chest X-ray weights
  | 'imagenet' // the names of ImageNet's classes, for 1000 classes of colour images
  | 'assumed' // nothing said so
  | 'none'; // there is none

export type Overridden = 'input size' | 'mean' | 'std' | 'resizing' | 'class names' | 'batch-norm epsilon';

/** What importing found out; `describeReport` has it in sentences. */
export type ImportReport = {
  /** As the caller named it. */
  readonly file: string;
  /** Whether the file carries its own SHA-256, which was right (data/file-digest.ts). */
  readonly checked: boolean;
  /** Whose names the tensors have. */
  readonly scheme: NamingScheme;
  /** What the file's names have before `features.`; '' where they have nothing. */
  readonly prefix: string;
  /** The preset whose layers these are, whatever the classes and the input. */
  readonly model: PresetName | null;
  /** Numbers of the network that training can change. */
  readonly parameters: number;
  /** The file's tensors that are used. */
  readonly tensors: number;
  /** The file's name of the classifier's weight; null: a fresh one was made. */
  readonly classifier: string | null;
  /** False: the classifier had no bias, and has zeros now. */
  readonly bias: boolean;
  /** The file's name of the probabilities from which on findings count; null: there are none. */
  readonly thresholds: string | null;
  /** There and not used, without whoever imported saying so. */
  readonly unknown: readonly string[];
  /** Of those, names inside the trunk: if the network computes with them, results differ. */
  readonly unknownInside: readonly string[];
  /** Left out because whoever imported said so: where the network that was saved computes with them, results differ. */
  readonly ignored: readonly string[];
  /** What the file says itself and somebody said otherwise. */
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
  'torchvision-legacy': "torchvision's old names (norm.1)",
  monai: "MONAI's names",
  sequential: 'a Sequential, indices instead of names',
};

const SOURCES: Readonly<Record<Source, string>> = {
  metadata: "from the file's metadata",
  config: 'from the config.json beside it',
  labels: 'from the file of class names',
  chosen: 'as you chose',
  torchvision: 'as torchvision does with ImageNet weights (assumed)',
  torchxrayvision: 'as torchxrayvision does with chest X-rays (assumed)',
  imagenet: "ImageNet's (assumed, as there are 1000)",
  assumed: 'assumed: nothing says so',
  none: 'none',
};

/** Names that are listed before the rest is counted. */
const SHOWN = 8;

/** What of the file is not used or does not count, in a line each; nothing where all of it does. */
export function unusedNote({ file, unknown, ignored, overridden }: ImportReport, most = SHOWN): string[] {
  return [
    ...(unknown.length > 0 ? [`not used of ${file}: ${listed(unknown, most)}`] : []),
    ...(ignored.length > 0
      ? [
          `left out of ${file}, as you said: ${listed(ignored, most)}; if its network computes with them, results differ`,
        ]
      : []),
    ...(overridden.length > 0 ? [`${file} says otherwise, and what you gave counts: ${overridden.join(', ')}`] : []),
  ];
}

/** The report as sentences, one a line; names from the file are escaped where a terminal would obey them. */
export function describeReport(report: ImportReport): string[] {
  const { sources } = report;
  const model = report.model ?? 'a DenseNet that is no preset';
  const prefix = report.prefix === '' ? 'no prefix' : `the prefix ${report.prefix}`;
  const bias = report.bias ? '' : ', without a bias: zeros';
  return [
    `${report.file}: ${model}, ${report.parameters.toLocaleString('en')} parameters; ${SCHEMES[report.scheme]}, ${prefix}`,
    report.classifier === null ? 'classifier: a fresh one' : `classifier: ${report.classifier}${bias}`,
    ...report.converted.map(({ dtype, tensors }) => `${tensors} tensors of type ${dtype}, converted to float32`),
    ...(report.thresholds === null ? [] : [`from which probability on a finding counts: ${report.thresholds}`]),
    ...unusedNote(report, Number.POSITIVE_INFINITY),
    `input size: ${SOURCES[sources.inputSize]}`,
    `preprocessing: ${SOURCES[sources.preprocessing]}`,
    `class names: ${SOURCES[sources.classNames]}`,
    `several labels at once: ${SOURCES[sources.multiLabel]}`,
    report.checked
      ? "SHA-256: the file's own, and right"
      : 'SHA-256: the file carries none; damage of its numbers is not noticed',
  ].map(printable);
}
