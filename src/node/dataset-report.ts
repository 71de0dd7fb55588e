// A data set described before anything is trained on it: how many images of each class are in each part, sizes, mean and standard
// deviation, duplicates, leaks, what cannot be used, and what of this is likely to hurt a training.

import { findDuplicates, PART_NAMES, type PartName } from '../data/split.ts';
import type { DatasetPart } from './dataset-parts.ts';
import type { OpenedDataset } from './opened-dataset.ts';

/** Images of one class; of several labels per image, those where it is 1. */
export interface ClassCounts {
  /** The class. */
  readonly name: string;
  /** Its images in each part. */
  readonly counts: Readonly<Partial<Record<PartName, number>>>;
  /** Of several labels per image: how often the label is missing, in all parts. */
  readonly missing?: number;
}

/** One image of a data set. */
export interface ImageAt {
  /** The part that it is in. */
  readonly part: PartName;
  /** Its number there, from 0. */
  readonly index: number;
  /** Its path; a number where images have no names. */
  readonly name: string;
}

/** A data set, described. */
export interface DatasetReport {
  /** Where it is from. */
  readonly source: OpenedDataset['source'];
  /** Whether an image has one label, or any number. */
  readonly task: OpenedDataset['task'];
  /** How many each part has. */
  readonly images: Readonly<Partial<Record<PartName, number>>>;
  /** By label. */
  readonly classes: readonly ClassCounts[];
  /** As they are given to a network. */
  readonly channels: number;
  /** As they are given to a network, in pixels. */
  readonly height: number;
  /** As they are given to a network, in pixels. */
  readonly width: number;
  /** Of the files, the most frequent first. */
  readonly sizes: readonly {
    /** In pixels. */
    readonly height: number;
    /** In pixels. */
    readonly width: number;
    /** Images of this size. */
    readonly count: number;
  }[];
  /** Of the pixels in [0, 1] of the training images, per channel. */
  readonly mean: readonly number[];
  /** Of the pixels in [0, 1] of the training images, per channel. */
  readonly std: readonly number[];
  /** Images with the very same pixels. */
  readonly duplicates: readonly (readonly ImageAt[])[];
  /** What two parts have in common, and should not. */
  readonly leaks: OpenedDataset['leaks'];
  /** What cannot be used, and why. */
  readonly problems: OpenedDataset['problems'];
  /** What is likely to hurt a training, as sentences. */
  readonly warnings: readonly string[];
  /** What was chosen, and what is worth knowing, as sentences. */
  readonly notes: readonly string[];
}

/** Below it, a class is hard to learn, and its validation images say little. */
const FEW_IMAGES = 20;
/** Between the largest and the smallest class. */
const IMBALANCE = 10;
/** Named in a warning. */
const NAMED = 5;

/** Describes a data set. Reads every image once where its digest is not known yet. @throws DataError where one cannot be read */
export async function describeDataset(set: OpenedDataset): Promise<DatasetReport> {
  const classes = set.classNames.map((name, label) => classCounts(name, label, set));
  const duplicates = await findSame(set.parts);
  const report = {
    source: set.source,
    task: set.task,
    images: Object.fromEntries(set.parts.map(({ part, images }) => [part, images.count])),
    classes,
    channels: set.channels,
    height: set.height,
    width: set.width,
    sizes: sizesOf(set.parts),
    ...set.normalisation,
    duplicates,
    leaks: set.leaks,
    problems: set.problems,
    notes: set.notes,
  };
  return { ...report, warnings: warningsOf(report, set) };
}

function classCounts(name: string, label: number, { parts, classNames }: OpenedDataset): ClassCounts {
  const counts: Partial<Record<PartName, number>> = {};
  let missing: number | undefined;
  for (const { part, images } of parts) {
    if (images.labels instanceof Int32Array) {
      counts[part] = images.labels.reduce((sum, own) => sum + (own === label ? 1 : 0), 0);
      continue;
    }
    let count = 0;
    missing ??= 0;
    for (let at = label; at < images.labels.length; at += classNames.length) {
      if (images.labels[at] === 1) count++;
      else if (Number.isNaN(images.labels[at])) missing++;
    }
    counts[part] = count;
  }
  return { name, counts, ...(missing !== undefined && { missing }) };
}

async function findSame(parts: readonly DatasetPart[]): Promise<ImageAt[][]> {
  const places: ImageAt[] = [];
  const contents: string[] = [];
  for (const part of parts) {
    for (const [index, content] of (await part.contents()).entries()) {
      places.push({ part: part.part, index, name: nameOf(part, index) });
      contents.push(content);
    }
  }
  return findDuplicates(contents).map((same) => same.flatMap((at) => places[at] ?? []));
}

export const nameOf = ({ images, part }: DatasetPart, index: number): string =>
  images.about?.name(index) ?? `${part} ${index}`;

function sizesOf(parts: readonly DatasetPart[]): DatasetReport['sizes'] {
  const sizes = new Map<string, { height: number; width: number; count: number }>();
  for (const { images } of parts) {
    for (let index = 0; index < images.count; index++) {
      const { height, width } = images.about?.size(index) ?? images;
      const known = sizes.get(`${height} ${width}`);
      if (known) known.count++;
      else sizes.set(`${height} ${width}`, { height, width, count: 1 });
    }
  }
  return [...sizes.values()].sort((a, b) => b.count - a.count);
}

function warningsOf(report: Omit<DatasetReport, 'warnings'>, set: OpenedDataset): string[] {
  const { classes, task, duplicates, leaks } = report;
  const training = classes.map(({ name, counts }) => ({ name, count: counts.train ?? 0 }));
  const few = training.filter(({ count }) => count < FEW_IMAGES);
  const sorted = training.toSorted((a, b) => b.count - a.count);
  const [most, least] = [sorted[0], sorted.at(-1)];
  const what = task === 'single-label' ? 'class' : 'label';
  const named = few.slice(0, NAMED).map(({ name, count }) => `${name} (${count})`);
  const unseen = PART_NAMES.filter((part) => part !== 'train' && set.parts.some((own) => own.part === part)).flatMap(
    (part) => {
      const without = classes.filter(({ counts }) => (counts[part] ?? 0) === 0).map(({ name }) => name);
      return without.length > 0
        ? [
            `the ${part} set has no images of ${without.slice(0, NAMED).join(', ')}${without.length > NAMED ? ' …' : ''}`,
          ]
        : [];
    },
  );
  const conflicts = duplicates.filter((same) => new Set(same.map((image) => labelText(set, image))).size > 1);
  return [
    ...(classes.length === 1 && task === 'single-label'
      ? [
          `there is one class only, ${classes[0]?.name}: a classifier needs two; if its sub-folders are the classes, give that folder`,
        ]
      : []),
    ...(few.length > 0
      ? [
          `fewer than ${FEW_IMAGES} training images of ${named.join(', ')}${few.length > NAMED ? ` and ${few.length - NAMED} more` : ''}`,
        ]
      : []),
    ...(most && least && least.count > 0 && most.count >= IMBALANCE * least.count
      ? [
          `imbalanced: ${what} ${most.name} has ${Math.floor(most.count / least.count)} times as many training images as ${least.name}; weigh classes, or look at figures per class`,
        ]
      : []),
    ...unseen,
    ...(set.validation
      ? []
      : [
          'there is no validation set: `valSplit` 0.2 makes one, `val` gives one (--val-split, --val on the command line)',
        ]),
    ...leaks.map(({ kind, between: [a, b], count }) =>
      kind === 'group'
        ? `leak: ${count} groups have images in ${a} and in ${b}`
        : `leak: ${count} images of ${b} are also in ${a}, pixel for pixel`,
    ),
    ...(conflicts.length > 0
      ? [
          `${conflicts.length} ${conflicts.length === 1 ? 'time' : 'times'} the very same image has different labels: ${conflicts[0]
            ?.map(({ name }) => name)
            .slice(0, 3)
            .join(', ')}`,
        ]
      : []),
  ];
}

function labelText(set: OpenedDataset, { part, index }: ImageAt): string {
  const images = set.parts.find((own) => own.part === part)?.images;
  if (!images) return '';
  const { labels } = images;
  if (labels instanceof Int32Array) return String(labels[index]);
  const classes = set.classNames.length;
  return labels.subarray(index * classes, (index + 1) * classes).join();
}
