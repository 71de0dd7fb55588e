// A data set of arrays, opened: other parts beside it, another size, and a validation set split off.

import { type AnyLabelledImages, inMemory, subset, taskOf } from '../data/dataset.ts';
import { imageBytes } from '../data/idx.ts';
import { prepareImage } from '../data/preprocess.ts';
import { PART_NAMES, stratifiedSplit } from '../data/split.ts';
import { asPredicted, type PartSizes, partSizes } from '../data/train-resize.ts';
import { ConfigError } from '../runtime/errors.ts';
import { type ArraySet, openArrays } from './array-sets.ts';
import { type OpenDatasetOptions, splitShareOf } from './dataset-options.ts';
import { arrayPart } from './dataset-parts.ts';
import { type OpenedDataset, opened } from './opened-dataset.ts';

/** @throws ConfigError for parts that are there twice or do not fit, DataError where another part is damaged */
export async function openArraySet(
  path: string,
  { kind, parts: own, notes }: ArraySet,
  options: OpenDatasetOptions,
): Promise<OpenedDataset> {
  const { seed = 0, group } = options;
  if (group !== undefined)
    throw new ConfigError('group', group, `cannot be: ${kind} files say nothing of groups; a table (CSV) does`);
  const sets = { ...own };
  for (const [part, given] of [
    ['validation', options.val],
    ['test', options.test],
  ] as const) {
    if (given === undefined) continue;
    if (sets[part])
      throw new ConfigError(
        part === 'test' ? 'test' : 'val',
        given,
        `is given, but ${path} has a ${part} set of its own`,
      );
    const other = await openArrays(given, own.train.classNames);
    if (!other)
      throw new ConfigError(part === 'test' ? 'test' : 'val', given, `holds no arrays of images, as ${path} does`);
    sets[part] = other.parts.train;
  }
  const valSplit = splitShareOf(options, sets.validation !== undefined);
  const sizes = partSizes(options);
  const sized = (images: AnyLabelledImages | undefined) =>
    images && resized(images, { ...options, decoded: sizes.decoded });
  const train = sized(sets.train) ?? sets.train;
  if (valSplit !== undefined && sets.validation)
    throw new ConfigError(
      'valSplit',
      valSplit,
      'is given, but the data set has a validation set of its own; leave it out',
    );
  const whole = { train: inMemory(train), validation: sized(sets.validation), test: sized(sets.test) };
  const { channels, height, width } = train;
  for (const part of ['validation', 'test'] as const) {
    const other = whole[part];
    if (!other || (other.channels === channels && other.height === height && other.width === width)) continue;
    throw new ConfigError(
      'data',
      path,
      `has training images of ${channels} x ${height} x ${width} but ${part} images of ${other.channels} x ${other.height} x ${other.width}`,
    );
  }
  const split =
    valSplit === undefined
      ? undefined
      : stratifiedSplit({ labels: train.labels, classes: train.classNames.length, share: valSplit, seed });
  const images = {
    train: split ? subset(whole.train, split.train) : whole.train,
    validation: split ? subset(whole.train, split.validation) : whole.validation && inMemory(whole.validation),
    test: whole.test && inMemory(whole.test),
  };
  const parts = PART_NAMES.flatMap((part) => {
    const own = images[part];
    if (!own) return [];
    const { height, width } = sets[part] ?? sets.train;
    return [arrayPart(part, part === 'train' ? own : asPredicted(own, sizes, () => ({ height, width })), own)];
  });
  return opened({
    parts,
    classNames: train.classNames,
    task: taskOf(train),
    problems: [],
    notes,
    path,
    kind,
    options,
    valSplit,
    close: () => {},
  });
}

/** The images at the size and with the channels that are asked for. */
function resized(
  images: AnyLabelledImages,
  { size, channels = images.channels, decoded: wanted }: OpenDatasetOptions & Pick<PartSizes, 'decoded'>,
): AnyLabelledImages {
  const { height = images.height, width = images.width } = wanted;
  if (height === images.height && width === images.width && channels === images.channels) return images;
  const area = images.height * images.width;
  const bytes = imageBytes(images);
  const own = images.channels === 1 ? 1 : 3;
  if (images.channels !== own)
    throw new ConfigError('size', size, `cannot be: images of ${images.channels} channels are not resized`);
  const into = imageBytes({ channels, height, width });
  const pixels = new Uint8Array(images.count * into);
  const interleaved = new Uint8Array(bytes);
  for (let image = 0; image < images.count; image++) {
    for (let i = 0; i < bytes; i++)
      interleaved[(i % area) * own + Math.floor(i / area)] = images.pixels[image * bytes + i] ?? 0;
    const decoded = { width: images.width, height: images.height, channels: own, pixels: interleaved } as const;
    pixels.set(prepareImage(decoded, { ...wanted, channels, height, width }), image * into);
  }
  return { ...images, channels, height, width, pixels };
}
