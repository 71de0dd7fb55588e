// `densenet train`: a network from labelled images to a checkpoint, or a run that was interrupted to its end.
import process from 'node:process';
import { type Command, Option } from 'commander';
import { buildNetwork } from '../../src/densenet/network.ts';
import { readClassNames } from '../../src/densenet/weights/class-names.ts';
import type { SaveEvery } from '../../src/jobs/train.ts';
import { duration, megabytes, percent, thousands } from '../../ui/number-text.ts';
import { addGlobalOptions, globalOptions } from '../global-options.ts';
import { openSession, type SessionOptions } from '../host/session.ts';
import { addHyperparameterOptions } from '../hyperparameter-options.ts';
import { shortName } from '../network-choice.ts';
import { numberList, saveEvery, whole } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';
import { type RunToTrain, resumedRun, trainingOf } from '../resumed-run.ts';
import { checkSpace, RunFiles, runBytes } from '../run-files.ts';
import { SMALL } from '../small-networks.ts';
import { networkOf, type Start, settingsOf, startOf, type TrainOptions } from '../train-settings.ts';
import { classesNote, readTrainingData, SAMPLE } from '../training-data.ts';
import { ended, howToGoOn, stateBeside, trainAndSave } from '../training-run.ts';
import { addWeightsOptions, readSideFile } from '../weights-file.ts';

export function register(program: Command): void {
  addOptions(addGlobalOptions(program.command('train')))
    .description('train a network on labelled images and write a checkpoint')
    .addHelpText(
      'after',
      `
The data decide the input's channels and size, the number of classes, mean and standard deviation. IDX files name no
classes: --labels does. Of --config, the keys batch, seed, optimizer and its own, lr, clip and label_smoothing count where
no option says otherwise. With --checkpoint training starts from its weights, mean and standard deviation; its classifier is
kept where it has as many classes as the data, and initialised anew where it has another number, or none.

--resume takes network, recipe and tiles from the file, and needs the same --data; another option may only repeat what the
run has. --epochs may be raised where the schedule is constant. The checkpoint goes where the run was started to write it.

An interrupted run (Ctrl-C, SIGTERM, SIGHUP) writes no checkpoint: it keeps its state, in --state or beside --out, says how to go on and
ends with 130, 143 or 129. What cannot be written at the end is kept elsewhere, its place is said, and the exit code is 1. A run
that comes to NaN or infinity ends with 1 and keeps its last good state where --state says. A state that is not finite, or does
not read back, replaces nothing.

Examples:
  densenet train
  densenet train --model bc-40-36 --epochs 30 --optimizer sgd --lr 0.1 --schedule step --out fashion.safetensors
  densenet train --data ~/fashion-mnist --config '{"growth":12,"blocks":[4,4,4]}' --shift 2
  densenet train --checkpoint fashion.safetensors --fine-tune last-block --epochs 2
  densenet train --save-every 2m --state run.safetensors
  densenet train --resume run.safetensors`,
    )
    .action(async (options: TrainOptions, command: Command) => {
      const host = globalOptions(command);
      const files = new RunFiles();
      try {
        const { run, out, state } = await claim(files, options, command);
        await trainRun(run, out, state, options, host);
      } finally {
        files.release();
      }
    });
}

/** The run and its files, all checked before anything is trained. */
async function claim(files: RunFiles, options: TrainOptions, command: Command) {
  const { resume, checkpoint, overwrite = false } = options;
  const inputs = { resume, checkpoint };
  const state = stateFile(options);
  if (state !== undefined) {
    const option = options.state === undefined && resume !== undefined ? '--resume' : '--state';
    await files.claimState(state, inputs, { option, overwrite });
  }
  const run = await (resume === undefined ? newRun(options) : resumedRun(resume, options, command));
  const given = command.getOptionValueSource('out') === 'cli';
  const out = (given ? undefined : run.from?.out) ?? options.out;
  const option = given || run.from?.out === undefined ? '--out' : `--out (as ${resume} has it)`;
  await files.claimOut(out, inputs, { option, overwrite }, () => trainingOf(run));
  const network = buildNetwork(run.settings.config);
  await checkSpace(runBytes(network, run.settings), out, state);
  return { run, out, state };
}

async function trainRun(
  { name, settings, data, start, resume }: RunToTrain,
  out: string,
  state: string | undefined,
  options: TrainOptions,
  host: SessionOptions,
): Promise<void> {
  const { parameterCount } = buildNetwork(settings.config);
  const session = await openSession(host);
  try {
    note(`${session.host}: ${session.adapter.name}`);
    note(`${name} (${thousands(parameterCount)} parameters) on ${thousands(data.training.count)} images`);
    const every = options.saveEvery ?? EVERY;
    if (state !== undefined) note(`the run's state is kept in ${state}, every ${oftenText(every)}`);
    const trained = await trainAndSave(session, settings, data, {
      out,
      quiet: options.json === true,
      autotune: options.autotune,
      ...(state !== undefined && { state: { path: state, every } }),
      start,
      resume,
    });
    process.exitCode = ended(trained);
    const { checkpoint, kept, ...result } = trained;
    const { interrupted, validation } = result;
    if (options.json) {
      const { host: name, adapter } = session;
      const about = { host: name, adapter: adapter.name, parameters: parameterCount };
      const place = interrupted ? { checkpoint: null, state: kept.path } : { checkpoint: kept.path };
      printJson({ ...about, ...result, ...place });
      return;
    }
    const accuracy = validation === null ? '' : `, held-out accuracy ${percent(validation)}`;
    print(`${thousands(result.updates)} updates in ${duration(result.seconds)}${accuracy}`);
    if (interrupted) print(howToGoOn(trained, options.data));
    else print(`checkpoint: ${kept.path} (${megabytes(checkpoint.byteLength)})`);
  } finally {
    await session.close();
  }
}

/** How often a state is kept where only its file is named. */
const EVERY: SaveEvery = { seconds: 300 };

/** Where the run's state is kept; undefined: nowhere. */
const stateFile = ({ state, resume, saveEvery, out }: TrainOptions): string | undefined =>
  state ?? resume ?? (saveEvery && stateBeside(out));

const oftenText = (every: SaveEvery): string =>
  'updates' in every ? `${every.updates} updates` : duration(every.seconds);

async function newRun(options: TrainOptions): Promise<RunToTrain> {
  const labels = await readSideFile(options.labels);
  const data = await readTrainingData(options.data, options.images, labels && readClassNames(labels));
  const start = await startOf(options, data);
  const network = start?.network ?? networkOf(options);
  const settings = settingsOf(network, options, data, start);
  const { mean, std } = settings.normalisation;
  for (const line of [...(start?.notes ?? []), classesNote(data)]) note(line);
  note(`pixels: mean ${mean.map(short).join(' ')}, std ${std.map(short).join(' ')} (${whence(options, start)})`);
  return { name: network.name, settings, data, start: start?.bytes };
}

const short = (value: number) => Number(value.toPrecision(6));

/** Where mean and standard deviation come from. */
function whence({ mean, std }: TrainOptions, start: Start | undefined): string {
  const otherwise = start?.checkpoint.normalisation ? "the checkpoint's" : 'measured on the training images';
  if (mean && std) return 'as given';
  return mean || std ? `${mean ? 'mean' : 'std'} as given, the other ${otherwise}` : otherwise;
}

function addOptions(command: Command): Command {
  return addHyperparameterOptions(addWeightsOptions(command))
    .option('--data <folder>', `four IDX files named as MNIST's, gzipped or not, or ${SAMPLE}`, SAMPLE)
    .option('--labels <file>', "names of the data's classes: one per line, CSV or JSON")
    .option('--mean <values>', 'of the pixels in [0, 1], one number per channel, separated by commas', numberList)
    .option('--std <values>', 'their standard deviation, likewise', numberList)
    .option('--images <n>', 'train on the first so many only', whole(1))
    .option('--model <name>', `a model by name (default: ${shortName(SMALL)})`)
    .option('--config <json>', 'a network by its configuration, with the keys of tests/golden/make_golden.py')
    .option('--checkpoint <file>', 'start from the weights of a safetensors file, whose architecture counts')
    .addOption(
      new Option(
        '--classifier <how>',
        "what becomes of the checkpoint's classifier (default: kept for as many classes)",
      ).choices(['keep', 'reset']),
    )
    .addOption(
      new Option('--autotune <mode>', 'tiles: the defaults, those that were kept, or measured before the first step')
        .choices(['off', 'cached', 'full'])
        .default('cached'),
    )
    .option('--out <file>', 'the checkpoint', 'densenet.safetensors')
    .option('--overwrite', 'replace files that are there and were not made by this training')
    .option('--save-every <when>', 'keep the state of the run: every 2m, 30s, or so many updates', saveEvery)
    .option('--state <file>', 'where it is kept, every 5m unless --save-every says (default: beside the checkpoint)')
    .option('--resume <file>', "go on from a run's state, exactly; it is kept there from then on")
    .option('--json', 'print JSON');
}
