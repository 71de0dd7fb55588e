// `densenet data`: what a data set holds, before anything is trained on it; and how fast it is read.
import type { Command } from 'commander';
import { writeNpz } from '../../src/data/npz.ts';
import { PART_NAMES, type PartName } from '../../src/data/split.ts';
import { type DatasetReport, describeDataset } from '../../src/node/dataset-report.ts';
import { decodeRate, readRate, type StepSimulation, simulateSteps } from '../../src/node/measure-loader.ts';
import { openDataset } from '../../src/node/open-dataset.ts';
import type { OpenedDataset } from '../../src/node/opened-dataset.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { megabytes, percent, thousands } from '../../ui/number-text.ts';
import { table } from '../../ui/text-table.ts';
import { contactSheet } from '../contact-sheet.ts';
import { addDatasetOptions, type DatasetOptions, datasetOptions, openingProgress } from '../dataset-options.ts';
import { checkOutput, isFile, writeWhole } from '../files.ts';
import { fraction, whole } from '../options.ts';
import { note, print, printJson } from '../output.ts';

interface DataOptions extends DatasetOptions {
  readonly contactSheet?: string;
  readonly write?: string;
  readonly simulateStep?: number;
  readonly batch: number;
  readonly json?: boolean;
}

export function register(program: Command): void {
  addDatasetOptions(program.command('data'))
    .description('describe a data set: classes, sizes, duplicates, leaks, unusable files; needs no GPU')
    .argument('<path>', 'folder of class folders (or of train, val, test), CSV (path,label), IDX, CIFAR or .npz')
    .option('--seed <n>', 'seed of --val-split', whole(0, 2 ** 32 - 1))
    .option('--contact-sheet <file>', 'write images of each class as PNG')
    .option(
      '--write <file.npz>',
      "write the images as they are trained on, in MedMNIST's layout: every command opens it",
    )
    .option(
      '--simulate-step <ms>',
      'measure how long steps of so many milliseconds wait for images',
      fraction('above 0'),
    )
    .option('--batch <n>', 'images per simulated step', whole(1, 1 << 20), 50)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
A folder's sub-folders are its classes, sorted as torchvision's ImageFolder sorts them; train, val and test folders are recognised.
A CSV has a row per image: path,label, or path,label1,label2,… with 1, 0 or nothing (missing) for several labels per image; columns
named split (train, val, test) and the one of --group are used as such. PNG, JPEG, WebP, GIF, TIFF and AVIF are read.
Decoded images are kept (--cache), so that the next command starts at once.

Examples:
  densenet data photos
  densenet data photos --val-split 0.2 --group 2 --contact-sheet sheet.png
  densenet data chest.csv --group patient --size 224 --json
  densenet data photos --size 224 --val-split 0.1 --write photos.npz
  densenet data photos --simulate-step 5 --batch 50`,
    )
    .action(async (path: string, options: DataOptions) => {
      if (options.contactSheet !== undefined) await checkOutput('--contact-sheet', options.contactSheet);
      if (options.write !== undefined) await checkWrite(options.write);
      const progress = openingProgress();
      // What cannot be used is part of the answer.
      const wanted = { ...(await datasetOptions(options)), badShare: options.badShare ?? 1 };
      const set = await openDataset(path, { ...wanted, onProgress: progress.show }).finally(progress.end);
      try {
        const report = await describeDataset(set);
        if (options.contactSheet !== undefined) await writeSheet(set, options.contactSheet);
        if (options.write !== undefined) await writeImages(set, options.write);
        const loader =
          options.simulateStep === undefined
            ? undefined
            : await measureLoader(set, options.simulateStep, options.batch);
        if (options.json) printJson({ ...report, ...(loader && { loader }) });
        else print([reportText(report), ...(loader ? [loaderText(loader)] : [])].join('\n\n'));
      } finally {
        set.close();
      }
    });
}

async function writeSheet(set: OpenedDataset, file: string): Promise<void> {
  const { png, classes } = await contactSheet(set.train);
  await writeWhole(file, png);
  const rest = set.classNames.length - classes;
  note(`wrote ${file}${rest > 0 ? `: the first ${classes} of ${set.classNames.length} classes` : ''}`);
}

/** @throws ConfigError where it could not be written, or not be opened again */
async function checkWrite(file: string): Promise<void> {
  if (!/\.npz$/i.test(file)) throw new ConfigError('--write', file, 'must end in .npz, by which data sets are told');
  if (await isFile(file)) throw new ConfigError('--write', file, 'already exists: choose another file, or remove it');
  await checkOutput('--write', file);
}

async function writeImages({ train, validation, test }: OpenedDataset, file: string): Promise<void> {
  const bytes = await writeNpz({ train, validation, test });
  await writeWhole(file, bytes);
  const counts = { train, validation, test };
  const parts = PART_NAMES.flatMap((part) =>
    counts[part] ? [`${thousands(counts[part].count)} ${PART_TITLES[part]}`] : [],
  );
  note(`wrote ${file}: ${parts.join(', ')} images (${megabytes(bytes.length)})`);
}

interface Loader extends StepSimulation {
  /** Images per second, decoded by all threads; left out: the data set has no image files. */
  readonly decodedPerSecond?: number;
  readonly threads?: number;
  /** Images per second, as fast as they are read. */
  readonly readPerSecond: number;
}

async function measureLoader(set: OpenedDataset, stepMilliseconds: number, batch: number): Promise<Loader> {
  const { kind, path } = set.source;
  const decoded = kind === 'folder' || kind === 'csv' ? await decodeRate(path, set) : undefined;
  // First, as a training begins: images that come from the disk are held to their digests the first time.
  const steps = await simulateSteps(set.train, { batch, stepMilliseconds });
  const readPerSecond = await readRate(set.train, { batch });
  return {
    ...steps,
    readPerSecond,
    ...(decoded && { decodedPerSecond: decoded.imagesPerSecond, threads: decoded.threads }),
  };
}

function loaderText({
  decodedPerSecond,
  threads,
  readPerSecond,
  steps,
  batch,
  stepMilliseconds,
  waitShare,
  imagesPerSecond,
}: Loader): string {
  return [
    ...(decodedPerSecond === undefined
      ? []
      : [`decoding: ${thousands(decodedPerSecond)} images/s by ${threads} ${threads === 1 ? 'thread' : 'threads'}`]),
    `reading: ${thousands(readPerSecond)} images/s`,
    `${thousands(steps)} steps of ${stepMilliseconds} ms, batch ${batch}: ${percent(waitShare)} of the time waiting for images; ${thousands(imagesPerSecond)} images/s`,
  ].join('\n');
}

const MOST_LINES = 20;
const PART_TITLES: Readonly<Record<PartName, string>> = { train: 'train', validation: 'validation', test: 'test' };

const counted = (count: number, one: string, many: string): string => `${thousands(count)} ${count === 1 ? one : many}`;

function reportText(report: DatasetReport): string {
  const {
    source,
    task,
    images,
    classes,
    channels,
    height,
    width,
    sizes,
    mean,
    std,
    duplicates,
    problems,
    warnings,
    notes,
  } = report;
  const parts = Object.keys(PART_TITLES).filter((part): part is PartName => part in images);
  const total = parts.reduce((sum, part) => sum + (images[part] ?? 0), 0);
  const numbers = (values: readonly number[]) => values.map((value) => value.toFixed(4)).join(', ');
  const sizeText = sizes.slice(0, 3).map((size) => `${size.height} x ${size.width} (${thousands(size.count)})`);
  const facts = [
    ['source', `${source.path} (${source.kind})`],
    [
      'images',
      `${thousands(total)}: ${parts.map((part) => `${thousands(images[part] ?? 0)} ${PART_TITLES[part]}`).join(', ')}`,
    ],
    [
      task === 'single-label' ? 'classes' : 'labels',
      `${classes.length}${task === 'single-label' ? '' : ', several per image'}`,
    ],
    ['input', `${channels} x ${height} x ${width}; ${megabytes(total * channels * height * width)} decoded`],
    ['files', `${sizeText.join(', ')}${sizes.length > 3 ? ` and ${thousands(sizes.length - 3)} other sizes` : ''}`],
    ['mean', numbers(mean)],
    ['std', numbers(std)],
    [
      'duplicates',
      duplicates.length === 0 ? 'none' : `${counted(duplicates.length, 'image is', 'images are')} there more than once`,
    ],
    ['unusable', problems.length === 0 ? 'none' : counted(problems.length, 'file', 'files')],
  ];
  const hasMissing = classes.some(({ missing }) => (missing ?? 0) > 0);
  const rows = classes
    .slice(0, 5 * MOST_LINES)
    .map(({ name, counts, missing }) => [
      ...[name, ...parts.map((part) => thousands(counts[part] ?? 0))],
      ...(hasMissing ? [thousands(missing ?? 0)] : []),
    ]);
  const heading = [
    task === 'single-label' ? 'class' : 'label',
    ...parts.map((part) => PART_TITLES[part]),
    ...(hasMissing ? ['missing'] : []),
  ];
  const more = (count: number, most: number) =>
    count > most ? [`  … and ${thousands(count - most)} more (--json lists them)`] : [];
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0
      ? []
      : [
          [
            `${title}:`,
            ...lines.slice(0, MOST_LINES).map((line) => `  ${line}`),
            ...more(lines.length, MOST_LINES),
          ].join('\n'),
        ];
  return [
    facts.map(([key = '', value]) => `${key.padEnd(12)}${value}`).join('\n'),
    [table(heading, rows), ...more(classes.length, rows.length)].join('\n'),
    ...section(
      'unusable',
      problems.map(({ path, problem }) => `${path}: ${problem}`),
    ),
    ...section(
      'duplicates',
      duplicates.map(
        (same) =>
          same
            .slice(0, 4)
            .map(({ name }) => name)
            .join(' = ') + (same.length > 4 ? ` = … (${same.length})` : ''),
      ),
    ),
    ...section('warnings', warnings),
    ...section('notes', notes),
  ].join('\n\n');
}
