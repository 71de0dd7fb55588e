// `densenet train`: a network from labelled images to a checkpoint, or a run that was interrupted to its end.
import { basename, dirname } from 'node:path';
import process from 'node:process';
import { type Command, Option } from 'commander';
import { parse } from '../../src/data/schema.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { HYPERPARAMETER_FIELDS } from '../../src/densenet/train/hyperparameters.ts';
import { bestEpoch, type RunMetadata } from '../../src/densenet/train/run-metadata.ts';
import { readTrainingState } from '../../src/densenet/train/training-state.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import type { SaveEvery } from '../../src/training/events.ts';
import { checkEpochs } from '../../src/training/state.ts';
import { duration, megabytes, percent, thousands } from '../../ui/number-text.ts';
import { datasetOptions } from '../dataset-options.ts';
import { isFile, readInputFile } from '../files.ts';
import { openSession, type SessionOptions } from '../host/session.ts';
import { shortName } from '../networks.ts';
import { addGlobalOptions, globalOptions, saveEvery } from '../options.ts';
import { note, print, printJson } from '../output.ts';
import { HYPERPARAMETER_OPTIONS, presetOf } from '../training/hyperparameter-options.ts';
import { addNewRunOptions, openNewRun } from '../training/new-run.ts';
import { type OpenedData, reopenTrainingData, testNotes } from '../training/opened-data.ts';
import { writePreview } from '../training/preview.ts';
import { ended, howToResume, stateBeside, trainAndSave } from '../training/run.ts';
import { checkSpace, RunFiles, type RunToTrain, runBytes, trainingOf } from '../training/run-files.ts';
import { isRunFolder, newRunFolder, RUN_FILES, type RunFolder, resumedRunFolder } from '../training/run-folder.ts';
import { RunRecorder } from '../training/run-recorder.ts';
import type { TrainOptions } from '../training/settings.ts';

export function register(program: Command): void {
  addOptions(addGlobalOptions(program.command('train')))
    .description('train a network on labelled images and write a checkpoint')
    .addHelpText(
      'after',
      `
--data is a folder of images by class (or of train, val and test folders), a CSV with a row per image, or MNIST's, CIFAR's or
MedMNIST's files (densenet data PATH describes them). It determines the input's channels and size, the classes, and the mean and
standard deviation of the pixels. Where it has no validation set, a tenth of its training images is one (--val-split); test
images are looked at once, at the end.

--run FOLDER keeps everything of a run together: best.safetensors, the network of the best epoch; last.safetensors, the run's state
and last network; log.jsonl and event files for TensorBoard. Of --config, the keys batch, seed, lr, clip, label_smoothing,
optimizer and the optimizer's own apply unless an option overrides them. With --checkpoint, training starts from the
checkpoint's weights, mean and standard deviation; its classifier is kept if it has as many classes as the data set, and
re-initialised otherwise.

--resume takes the network, hyperparameters and tile configuration from the state file, and needs the same --data. Other options
may only repeat what the run has, but --epochs may be raised if the schedule is constant. The checkpoint is written where
the run was going to write it, unless --out says otherwise.

An interrupted run (Ctrl-C, SIGTERM, SIGHUP) writes no checkpoint: it saves its state to --state, or beside --out, prints how to
resume, and exits with 130, 143 or 129. A checkpoint that cannot be written at the end is saved elsewhere: its path is printed
and the exit code is 1. A run that reaches NaN or infinity exits with 1; its last good state stays in --state. A state that is
not finite, or does not read back as written, never replaces a good one.

Examples:
  densenet train
  densenet train --data photos --epochs 20 --run runs/photos
  densenet train --model bc-40-36 --epochs 30 --optimizer sgd --lr 0.1 --schedule step --out fashion.safetensors
  densenet train --data ~/fashion-mnist --config '{"growth":12,"blocks":[4,4,4]}' --shift 2
  densenet train --augment strong --rotation 10 --preview batch.png
  densenet train --checkpoint fashion.safetensors --fine-tune last-block --epochs 2
  densenet train --save-every 2m --state run.safetensors
  densenet train --resume run.safetensors`,
    )
    .action(async (options: TrainOptions, command: Command) => {
      const host = globalOptions(command);
      if (options.preview !== undefined) return await preview(options.preview, options, command, host);
      const files = new RunFiles();
      let claimed: Claimed | undefined;
      try {
        claimed = await claim(files, options, command);
        await trainRun(claimed, options, host);
      } finally {
        claimed?.run.data.close();
        claimed?.folder?.release();
        files.release();
      }
    });
}

function addOptions(command: Command): Command {
  return addNewRunOptions(command)
    .addOption(
      new Option(
        '--autotune <mode>',
        'tile configuration: the defaults, the cached one, or measured before the first step',
      )
        .choices(['off', 'cached', 'full'])
        .default('cached'),
    )
    .option('--out <file>', `where to write the checkpoint (default: ${OUT}, with --run none)`)
    .option('--run <folder>', 'keep all of the run in this folder: best and last network, log, TensorBoard events')
    .option('--overwrite', 'replace existing files that this training did not make')
    .option('--save-every <when>', "how often to save the run's state: 2m, 30s, or a number of updates", saveEvery)
    .option('--state <file>', 'where to save the state, every 5m without --save-every (default: beside the checkpoint)')
    .option('--resume <file>', 'resume a run exactly from its state file, and go on saving its state there')
    .option('--preview <file>', 'write a PNG of the first batch, augmented, and train nothing')
    .option('--json', 'print JSON');
}

/** The checkpoint's file, unless an option says otherwise. */
const OUT = 'densenet.safetensors';

/** A run, and the files that it has for itself. */
interface Claimed {
  readonly run: RunToTrain & { readonly data: OpenedData };
  readonly out: string | undefined;
  readonly state: string | undefined;
  readonly folder: RunFolder | undefined;
}

/** A picture of the first batch instead of a training. */
async function preview(file: string, options: TrainOptions, command: Command, host: SessionOptions): Promise<void> {
  if (options.overwrite !== true && (await isFile(file)))
    throw new ConfigError('--preview', file, 'is there already; --overwrite replaces it');
  const { resume } = options;
  const { settings, data } = await (resume === undefined ? openNewRun(options) : resumedRun(resume, options, command));
  const session = await openSession(host);
  try {
    const { images, width, height } = await writePreview(session, settings, data.training, file);
    print(`${file}: ${images} images of the first batch, augmented, ${width} x ${height} pixels; nothing was trained`);
  } finally {
    await session.close();
  }
}

/** The run and its files, all checked before anything is trained. */
async function claim(files: RunFiles, options: TrainOptions, command: Command): Promise<Claimed> {
  const { resume, checkpoint, overwrite = false } = options;
  const inputs = { resume, checkpoint };
  const run: Claimed['run'] = await (resume === undefined ? openNewRun(options) : resumedRun(resume, options, command));
  let folder: RunFolder | undefined;
  try {
    folder = await folderOf(options, run);
    const state = stateFile(options, folder);
    if (state !== undefined) {
      const option = options.state === undefined && resume !== undefined ? '--resume' : '--state';
      await files.claimState(state, inputs, { option, overwrite });
    }
    const given = options.out !== undefined;
    const out = options.out ?? run.from?.out ?? (folder ? undefined : OUT);
    if (out !== undefined) {
      const option = given || run.from?.out === undefined ? '--out' : `--out (as ${resume} has it)`;
      await files.claimOut(out, inputs, { option, overwrite }, () => trainingOf(run));
    }
    const network = buildNetwork(run.settings.config);
    await checkSpace(runBytes(network, run.settings), out, state);
    return { run, out, state, folder };
  } catch (error) {
    run.data.close();
    folder?.release();
    throw error;
  }
}

/** The run's folder: a new one, or the one that a resumed run has. @throws ConfigError, StorageError */
async function folderOf(options: TrainOptions, { name, from }: RunToTrain): Promise<RunFolder | undefined> {
  const { resume, run } = options;
  if (resume === undefined) return run === undefined ? undefined : newRunFolder({ folder: run, model: name });
  if (run !== undefined)
    throw new ConfigError('--run', run, `cannot be combined with --resume: the run goes on in the folder of ${resume}`);
  return from && (await isRunFolder(dirname(resume))) && basename(resume) === RUN_FILES.last
    ? resumedRunFolder('--resume', resume)
    : undefined;
}

async function trainRun(
  { run, out, state, folder }: Claimed,
  options: TrainOptions,
  host: SessionOptions,
): Promise<void> {
  const { name, settings, data, start, resume, from } = run;
  const { parameterCount } = buildNetwork(settings.config);
  const session = await openSession(host);
  try {
    note(`${session.host}: ${session.adapter.name}`);
    note(`${name} (${thousands(parameterCount)} parameters) on ${thousands(data.training.count)} images`);
    if (!from) for (const line of testNotes(data)) note(line);
    const every = options.saveEvery ?? EVERY;
    if (folder) note(`the run is kept in ${folder.path}`);
    if (state !== undefined) note(`the run's state is saved to ${state} every ${oftenText(every)}`);
    const place = { host: session.host, adapter: session.adapter.name };
    const trained = await trainAndSave(session, settings, data, {
      out,
      quiet: options.json === true,
      autotune: options.autotune,
      ...(folder && { record: (request) => RunRecorder.open(folder, settings, request, place, from, note) }),
      about: { dataset: data.record },
      ...(state !== undefined && { state: { path: state, every } }),
      start,
      resume,
    });
    process.exitCode = ended(trained);
    const { checkpoint, saved, ...result } = trained;
    const { interrupted, validation, stoppedEarly } = result;
    if (options.json) {
      const { host: name, adapter } = session;
      const about = { host: name, adapter: adapter.name, parameters: parameterCount };
      const place = interrupted ? { checkpoint: null, state: saved.path } : { checkpoint: saved.path };
      printJson({ ...about, ...result, ...place });
      return;
    }
    const accuracy = validation === null ? '' : `, validation accuracy ${percent(validation)}`;
    print(`${thousands(result.updates)} updates in ${duration(result.seconds)}${accuracy}`);
    if (stoppedEarly) print(`stopped early: no lower validation loss for ${settings.earlyStop} epochs`);
    const best = bestEpoch(result.epochs);
    if (folder && best !== undefined) {
      const shown = percent(result.epochs[best]?.validationAccuracy ?? 0);
      print(`best epoch: ${best + 1}, validation accuracy ${shown}: ${folder.files.best}`);
    }
    if (interrupted) print(howToResume(trained, options.data));
    else print(`checkpoint: ${saved.path} (${megabytes(checkpoint.byteLength)})`);
  } finally {
    await session.close();
  }
}

/** How often a state is saved where only its file is named. */
const EVERY: SaveEvery = { seconds: 300 };

/** Where the run's state is saved; undefined: nowhere. */
const stateFile = (
  { state, resume, saveEvery, out = OUT }: TrainOptions,
  folder: RunFolder | undefined,
): string | undefined => state ?? resume ?? folder?.files.last ?? (saveEvery && stateBeside(out));

function oftenText(every: SaveEvery): string {
  if ('seconds' in every) return duration(every.seconds);
  return every.updates === 1 ? 'update' : `${every.updates} updates`;
}

/**
 * @throws DataError where the file holds no whole state; ConfigError where an option contradicts it, or the images cannot
 * be read
 */
async function resumedRun(file: string, options: TrainOptions, command: Command): Promise<Claimed['run']> {
  const resume = await readInputFile(file);
  const { run, classNames, checked } = readTrainingState(resume, file);
  if (!checked) note(`${file} holds no SHA-256: damage to its numbers would go unnoticed`);
  const given = (name: string) => command.getOptionValueSource(name) === 'cli';
  checkOptions(file, run, options, given);
  const epochs = parse(HYPERPARAMETER_FIELDS.epochs, options.epochs ?? run.hyperparameters.epochs, '--epochs');
  checkEpochs(run, epochs);
  // As many of the images as the run has; that they are the same ones is checked before the first step.
  const { cacheDir, cacheBytes, badShare } = await datasetOptions(options);
  const data = await reopenTrainingData(options.data, run, { cacheDir, cacheBytes, badShare, labels: classNames });
  return {
    name: shortName(run.hyperparameters.config),
    settings: { ...run.hyperparameters, epochs },
    data,
    resume,
    from: run,
  };
}

/** What decides how a run starts: the state has it. */
const START_OPTIONS = [
  ...['labels', 'mean', 'std', 'preprocessing', 'ignore', 'batchNormEpsilon'],
  ...['size', 'channels', 'valSplit', 'val', 'test', 'group'],
] as const;
function checkOptions(file: string, run: RunMetadata, options: TrainOptions, given: (name: string) => boolean): void {
  for (const name of ['model', 'config', 'checkpoint', 'autotune', 'classifier', ...START_OPTIONS] as const) {
    if (given(name))
      throw new ConfigError(
        flag(name),
        Reflect.get(options, name),
        `cannot be combined with --resume: ${file} has it already`,
      );
  }
  const has = (option: string, value: unknown, own: unknown) => {
    if (value === undefined || JSON.stringify(value) === JSON.stringify(own)) return;
    throw new ConfigError(option, value, `contradicts the run in ${file}, which has ${own ?? 'none'}; leave it out`);
  };
  has('--images', options.images, run.data.training.count);
  const preset = presetOf(options);
  for (const { flag: name, attribute, field, of } of HYPERPARAMETER_OPTIONS) {
    // Of the epochs there may be more.
    if (field === 'epochs') continue;
    has(name, options[attribute], of(run.hyperparameters));
    if (options[attribute] === undefined && Object.hasOwn(preset, field))
      has(`--augment ${options.augment}: ${field}`, preset[field], of(run.hyperparameters));
  }
}

const flag = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
