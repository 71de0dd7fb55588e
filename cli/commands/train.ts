// `densenet train`: a network from labelled images to a checkpoint, or a run that was interrupted to its end.
import { basename, dirname } from 'node:path';
import process from 'node:process';
import { type Command, Option } from 'commander';
import { buildNetwork } from '../../src/densenet/network.ts';
import { bestEpoch } from '../../src/densenet/train/run-metadata.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import type { SaveEvery } from '../../src/training/events.ts';
import { duration, megabytes, percent, thousands } from '../../ui/number-text.ts';
import { interruptSignal } from '../exit.ts';
import { isFile } from '../files.ts';
import { openSession, type SessionOptions } from '../host/session.ts';
import { addGlobalOptions, globalOptions, saveEvery, whole } from '../options.ts';
import { note, print, printJsonLine } from '../output.ts';
import { reportLines, reportRun } from '../training/final-report.ts';
import { addNewRunOptions } from '../training/new-run.ts';
import { keptBy, type OpenedRun, openRun } from '../training/opened-run.ts';
import { writePreview } from '../training/preview.ts';
import { ended, howToResume, stateBeside, type TrainingResult, trainAndSave } from '../training/run.ts';
import { checkSpace, RunFiles, type RunToTrain, runBytes, trainingOf } from '../training/run-files.ts';
import {
  isRunFolder,
  newRunFolder,
  RUN_FILES,
  RUNS,
  type RunFolder,
  resumedRunFolder,
} from '../training/run-folder.ts';
import { RunRecorder } from '../training/run-recorder.ts';
import type { TrainOptions } from '../training/settings.ts';

export function register(program: Command): void {
  addOptions(addGlobalOptions(program.command('train')))
    .description(
      'train a network on labelled images, and keep the run in a folder: its best network, state, log and report',
    )
    .addHelpText(
      'after',
      `
--data is a folder of images by class (or of train, val and test folders), a CSV with a row per image, or MNIST's, CIFAR's or
MedMNIST's files (densenet data PATH describes them). It determines the input's channels and size, the classes, and the mean and
standard deviation of the pixels. Where it has no validation set, a tenth of its training images is one (--val-split).

A run is kept in a folder of its own, runs/TIME-MODEL unless --run FOLDER names it: best.safetensors, the network of the best epoch;
last.safetensors, the run's state and last network; log.jsonl and event files for TensorBoard; and at the end report.html: the best
network on the validation images and, once, on the test images, which choose nothing (--no-report). With --out, --state or --run none
there is no folder, only the checkpoint and the state. Of --config, the keys batch, seed, lr, clip, label_smoothing,
optimizer and the optimizer's own apply unless an option overrides them. With --checkpoint, training starts from the
checkpoint's weights, mean and standard deviation; its classifier is kept if it has as many classes as the data set, and
re-initialised otherwise.

--resume takes the network, hyperparameters and tile configuration from the state file, and needs the same --data. Other options
may only repeat what the run has, but --epochs may be raised if the schedule is constant. The run goes on in its folder; without
one, the checkpoint is written where the run was going to write it, unless --out says otherwise.

An interrupted run (Ctrl-C, SIGTERM, SIGHUP) saves its state to last.safetensors (--state, or beside --out) and writes no
checkpoint, prints how to resume, and exits with 130, 143 or 129. A checkpoint that cannot be written at the end is saved elsewhere:
its path is printed and the exit code is 1. A run that reaches NaN or infinity exits with 1; its last good state stays. A state that is
not finite, or does not read back as written, never replaces a good one.

Examples:
  densenet train
  densenet train --data photos --size 64 --epochs 20 --run runs/photos
  densenet train --model bc-40-36 --epochs 30 --optimizer sgd --lr 0.1 --schedule step --out fashion.safetensors
  densenet train --data ~/fashion-mnist --config '{"growth":12,"blocks":[4,4,4]}' --shift 2
  densenet train --augment strong --rotation 10 --preview batch.png
  densenet train --data photos --size 224 --train-resize 256 --random-crop
  densenet train --checkpoint fashion.safetensors --fine-tune last-block --epochs 2
  densenet train --save-every 2m --run runs/mine
  densenet train --resume runs/mine/last.safetensors`,
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
        // The locks of files in the folder first: it is removed where it holds nothing.
        files.release();
        claimed?.folder?.release();
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
    .option(
      '--run <folder>',
      `keep all of the run in this folder; ${NO_FOLDER}: in none (default: a new one in ${RUNS}, unless --out or --state is given)`,
    )
    .option(
      '--out <file>',
      `where to write the checkpoint (default: ${OUT} with --run ${NO_FOLDER}, else the run's folder)`,
    )
    .option(
      '--keep <n>',
      'also keep the networks of the n best epochs in the folder, epoch-07.safetensors; of the last n without validation images',
      whole(0),
    )
    .option('--no-report', 'do not evaluate the best network at the end of a run in a folder, and write no report.html')
    .option('--overwrite', 'replace existing files that this training did not make')
    .option('--save-every <when>', "how often to save the run's state: 2m, 30s, or a number of updates", saveEvery)
    .option(
      '--state <file>',
      "where to save the state, every 5m without --save-every (default: in the run's folder, else beside the checkpoint)",
    )
    .option('--resume <file>', 'resume a run exactly from its state file, and go on saving its state there')
    .option('--preview <file>', 'write a PNG of the first batch, augmented, and train nothing')
    .option('--json', 'print JSON, an object per line: the log as it goes on (kind: step, epoch …), last the result');
}

/** The checkpoint's file where the run has no folder, unless an option says otherwise. */
const OUT = 'densenet.safetensors';
/** What `--run` takes for a run without a folder. */
const NO_FOLDER = 'none';

/** A run, and the files that it has for itself. */
interface Claimed {
  readonly run: OpenedRun;
  readonly out: string | undefined;
  readonly state: string | undefined;
  readonly folder: RunFolder | undefined;
  /** Best epochs whose networks stay. */
  readonly keep: number;
}

/** A picture of the first batch instead of a training. */
async function preview(file: string, options: TrainOptions, command: Command, host: SessionOptions): Promise<void> {
  if (options.overwrite !== true && (await isFile(file)))
    throw new ConfigError('--preview', file, 'is there already; --overwrite replaces it');
  const { settings, data } = await openRun(options, command);
  try {
    const session = await openSession(host);
    try {
      const { images, width, height } = await writePreview(session, settings, data.training, file);
      print(
        `${file}: ${images} images of the first batch, augmented, ${width} x ${height} pixels; nothing was trained`,
      );
    } finally {
      await session.close();
    }
  } finally {
    data.close();
  }
}

/** The run and its files, all checked before anything is trained. */
async function claim(files: RunFiles, options: TrainOptions, command: Command): Promise<Claimed> {
  const { resume, checkpoint, overwrite = false } = options;
  const inputs = { resume, checkpoint };
  const run = await openRun(options, command);
  let folder: RunFolder | undefined;
  try {
    folder = await folderOf(options, run);
    const keep = options.keep ?? (run.from ? keptBy(run.from) : 0);
    if (keep > 0 && !folder)
      throw new ConfigError(
        '--keep',
        keep,
        `needs the run's folder: give --run FOLDER, or leave out --out and --state`,
      );
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
    const bytes = runBytes(network, run.settings);
    // In a folder: the best network, those that are kept, and the next of them.
    const networks = { ...bytes, out: bytes.out * (folder ? keep + 2 : 1) };
    await checkSpace(networks, folder?.files.best ?? out, state);
    return { run, out, state, folder, keep };
  } catch (error) {
    run.data.close();
    files.release();
    folder?.release();
    throw error;
  }
}

/** The run's folder: a new one, or the one that a resumed run has. @throws ConfigError, StorageError */
async function folderOf(options: TrainOptions, { name, from }: RunToTrain): Promise<RunFolder | undefined> {
  const { resume, run, out, state } = options;
  if (resume === undefined) {
    const isWanted = run === undefined ? out === undefined && state === undefined : run !== NO_FOLDER;
    return isWanted ? newRunFolder({ folder: run, model: name }) : undefined;
  }
  if (run !== undefined)
    throw new ConfigError('--run', run, `cannot be combined with --resume: the run goes on in the folder of ${resume}`);
  return from && (await isRunFolder(dirname(resume))) && basename(resume) === RUN_FILES.last
    ? resumedRunFolder('--resume', resume)
    : undefined;
}

async function trainRun(
  { run, out, state, folder, keep }: Claimed,
  options: TrainOptions,
  host: SessionOptions,
): Promise<void> {
  const { name, settings, data, start, resume, from } = run;
  const { parameterCount } = buildNetwork(settings.config);
  const session = await openSession(host);
  try {
    note(`${session.host}: ${session.adapter.name}`);
    note(`${name} (${thousands(parameterCount)} parameters) on ${thousands(data.training.count)} images`);
    const every = options.saveEvery ?? EVERY;
    const hint =
      options.run === undefined && resume === undefined ? ` (--run FOLDER names it, --run ${NO_FOLDER}: none)` : '';
    if (folder) note(`the run is kept in ${folder.path}${hint}`);
    if (state !== undefined) note(`the run's state is saved to ${state} every ${oftenText(every)}`);
    const place = { host: session.host, adapter: session.adapter.name };
    if (data.test) note(testNote(data.test.count, folder !== undefined && options.report));
    const onEntry = options.json ? printJsonLine : undefined;
    const trained = await trainAndSave(session, settings, data, {
      out,
      quiet: options.json === true,
      autotune: options.autotune,
      ...((folder || options.json) && {
        record: (request) => RunRecorder.open({ folder, settings, request, place, from, keep, note, onEntry }),
      }),
      networks: folder ? Math.max(keep, data.validation ? 1 : 0) : 0,
      about: { dataset: data.record, ...(keep > 0 && { keep }) },
      ...(state !== undefined && { state: { path: state, every } }),
      start,
      resume,
    });
    try {
      process.exitCode = ended(trained);
      if (!options.json) printTrained(trained, { settings, folder, out });
      const evaluated =
        folder && options.report && !trained.report.interrupted
          ? await reportRun({ session, folder, trained, settings, data, source: options.data }, interruptSignal())
          : undefined;
      process.exitCode ||= evaluated?.code || trained.recorder?.ending;
      const { report, saved, epochs } = trained;
      if (options.json) {
        const { host: name, adapter } = session;
        const about = { host: name, adapter: adapter.name, parameters: parameterCount };
        const place = report.interrupted ? { checkpoint: null, state: saved.path } : { checkpoint: saved.path };
        const end = { evaluation: evaluated?.report?.figures ?? null, report: evaluated?.report?.report.path ?? null };
        printJsonLine({ kind: 'result', ...about, ...report, epochs, ...place, run: folder?.path ?? null, ...end });
        return;
      }
      if (evaluated?.report) for (const line of reportLines(evaluated.report)) print(line);
      if (report.interrupted) print(howToResume(trained, options.data));
    } finally {
      await trained.recorder?.close();
    }
  } finally {
    await session.close();
  }
}

const testNote = (count: number, isReported: boolean): string =>
  isReported
    ? `${thousands(count)} test images are looked at once, at the end`
    : `${thousands(count)} test images are not looked at: densenet evaluate does that`;

/** What training came to, and where its networks are. */
function printTrained(
  { report, epochs, saved, checkpoint }: TrainingResult,
  { settings, folder, out }: Pick<Claimed, 'folder' | 'out'> & Pick<RunToTrain, 'settings'>,
): void {
  const accuracy = report.validation === null ? '' : `, validation accuracy ${percent(report.validation)}`;
  print(`${thousands(report.updates)} updates in ${duration(report.seconds)}${accuracy}`);
  if (report.stoppedEarly) print(`stopped early: no lower validation loss for ${settings.earlyStop} epochs`);
  const best = bestEpoch(epochs);
  if (folder && best !== undefined) {
    const shown = percent(epochs[best]?.validationAccuracy ?? 0);
    print(`best epoch: ${best + 1}, validation accuracy ${shown}: ${folder.files.best}`);
  }
  if (report.interrupted) return;
  if (out === undefined) print(`last epoch, and the run's state: ${saved.path}`);
  else print(`checkpoint: ${saved.path} (${megabytes(checkpoint.byteLength)})`);
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
