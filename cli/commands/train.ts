// `densenet train`: a network from labelled images to a checkpoint.
import { type Command, Option } from 'commander';
import { FASHION_MNIST_NORMALIZATION } from '../../src/data/fashion-mnist.ts';
import type { LabelledImages } from '../../src/data/idx.ts';
import { checkConfig, type DenseNetConfig } from '../../src/densenet/config.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import type { Precision } from '../../src/densenet/plan/precision.ts';
import { type Checkpoint, readCheckpoint } from '../../src/densenet/training/checkpoint.ts';
import { fineTunedConfig } from '../../src/densenet/training/fine-tune.ts';
import { ADAMW, checkOptimizer, type OptimizerOptions, SGD } from '../../src/densenet/training/optimizers.ts';
import type { ScheduleName } from '../../src/densenet/training/schedules.ts';
import type { TuneMode } from '../../src/densenet/tune/tune.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { fineTuneOption, trainableOf } from '../fine-tune-option.ts';
import { addGlobalOptions, globalOptions } from '../global-options.ts';
import { openSession } from '../host/session.ts';
import { readInputFile } from '../input-file.ts';
import { chooseNetwork, type NetworkChoice, shortName } from '../network-choice.ts';
import { duration, megabytes, percent, thousands } from '../number-text.ts';
import { fraction, whole } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';
import { checkOutput } from '../output-file.ts';
import { precisionOption } from '../precision-option.ts';
import { SMALL } from '../small-networks.ts';
import { readTrainingData, SAMPLE } from '../training-data.ts';
import { type TrainingSettings, trainAndSave } from '../training-run.ts';

interface TrainOptions {
  readonly data: string;
  readonly model?: string;
  readonly config?: string;
  readonly checkpoint?: string;
  readonly fineTune?: string;
  readonly epochs: number;
  readonly batch?: number;
  readonly accumulate: number;
  readonly lr?: number;
  readonly optimizer?: 'sgd' | 'adamw';
  readonly schedule: ScheduleName;
  readonly warmup: number;
  readonly weightDecay?: number;
  readonly momentum?: number;
  readonly clip?: number;
  readonly labelSmoothing?: number;
  readonly dropout: number;
  readonly recompute?: boolean;
  readonly precision: Precision;
  readonly mirror: boolean;
  readonly shift: number;
  readonly seed?: number;
  readonly images?: number;
  readonly tune: TuneMode;
  readonly out: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  addOptions(addGlobalOptions(program.command('train')))
    .description('train a network on labelled images and write a checkpoint')
    .addHelpText(
      'after',
      `
The data decide the input's channels and size and the number of classes. Of --config, the keys batch, seed,
optimizer and its own, lr, clip and label_smoothing count where no option says otherwise. With --checkpoint training
starts from its weights; where the classes are not the checkpoint's, its classifier is made anew.

Examples:
  densenet train
  densenet train --model bc-40-36 --epochs 30 --optimizer sgd --lr 0.1 --schedule step --out fashion.safetensors
  densenet train --data ~/fashion-mnist --config '{"growth":12,"blocks":[4,4,4]}' --shift 2
  densenet train --checkpoint fashion.safetensors --fine-tune last-block --epochs 2`,
    )
    .action(async (options: TrainOptions, command: Command) => {
      const host = globalOptions(command);
      await checkOutput('--out', options.out);
      const data = await readTrainingData(options.data, options.images);
      const start = await startOf(options);
      const network = start?.network ?? networkOf(options);
      const settings = settingsOf(network, options, data.training, start);
      const { parameterCount } = buildNetwork(settings.config);
      const session = await openSession(host);
      try {
        note(`${session.host}: ${session.adapter.name}`);
        note(`${network.name} (${thousands(parameterCount)} parameters) on ${thousands(data.training.count)} images`);
        const quiet = options.json === true;
        const { checkpoint, ...result } = await trainAndSave(session, settings, data, {
          ...{ out: options.out, quiet, tune: options.tune, start: start?.bytes },
        });
        if (options.json) {
          const { host: name, adapter } = session;
          return printJson({
            host: name,
            adapter: adapter.name,
            parameters: parameterCount,
            ...result,
            checkpoint: options.out,
          });
        }
        if (result.interrupted) print('interrupted; what was learned so far is kept');
        const heldOut = result.heldOut === null ? '' : `, held-out accuracy ${percent(result.heldOut)}`;
        print(`${thousands(result.updates)} updates in ${duration(result.seconds)}${heldOut}`);
        print(`checkpoint: ${options.out} (${megabytes(checkpoint.byteLength)})`);
      } finally {
        await session.close();
      }
    });
}

function addOptions(command: Command): Command {
  return command
    .option('--data <folder>', `the four IDX files of Fashion-MNIST, gzipped or not, or ${SAMPLE}`, SAMPLE)
    .option('--images <n>', 'train on the first so many only', whole(1))
    .option('--model <name>', `a model by name (default: ${shortName(SMALL)})`)
    .option('--config <json>', 'a network by its configuration, with the keys of tests/golden/make_golden.py')
    .option('--checkpoint <file>', 'start from the weights of a safetensors file, whose architecture counts')
    .addOption(fineTuneOption())
    .option('--dropout <p>', 'probability of dropout, after each convolution but the first', fraction(0, 1), 0)
    .option('--epochs <n>', 'times through the images', whole(1, 100_000), 5)
    .option('--batch <n>', 'images at once (default: 50)', whole(1, 1 << 20))
    .option('--accumulate <n>', 'batches an update', whole(1, 4096), 1)
    .addOption(new Option('--optimizer <name>', 'which optimizer (default: adamw)').choices(['sgd', 'adamw']))
    .option('--lr <rate>', 'learning rate (default: 0.1 with sgd, 0.005 with adamw)', fraction('above 0'))
    .addOption(
      new Option('--schedule <name>', 'of the learning rate').choices(['constant', 'step', 'cosine']).default('cosine'),
    )
    .option('--warmup <epochs>', 'epochs in which the learning rate rises', fraction(0), 0)
    .option('--weight-decay <w>', 'weight decay (default: 1e-4 with sgd, 0.01 with adamw)', fraction(0))
    .option('--momentum <m>', 'with sgd (default: 0.9, Nesterov)', fraction(0, 1))
    .option('--clip <norm>', 'clip the gradient to this global norm; 0: do not', fraction(0))
    .option('--label-smoothing <s>', 'of the cross-entropy', fraction(0, 1))
    .option('--recompute', 'keep less for backward and compute it again')
    .addOption(precisionOption())
    .option('--mirror', 'mirror half of the images', true)
    .option('--no-mirror', 'mirror no image')
    .option('--shift <pixels>', 'shift each image by up to so many pixels', whole(0, 4096), 1)
    .option('--seed <n>', 'of the initial weights, the order and the augmentation (default: 0)', whole(0, 2 ** 32 - 1))
    .addOption(
      new Option('--tune <how>', 'tiles: the defaults, those that were kept, or measured before the first step')
        .choices(['off', 'cached', 'full'])
        .default('cached'),
    )
    .option('--out <file>', 'the checkpoint', 'densenet.safetensors')
    .option('--json', 'print JSON');
}

const networkOf = ({ model, config }: TrainOptions): NetworkChoice =>
  model === undefined && config === undefined
    ? { name: shortName(SMALL), config: SMALL, given: new Set() }
    : chooseNetwork(model, config);

interface Start {
  readonly bytes: Uint8Array;
  readonly checkpoint: Checkpoint;
  readonly network: NetworkChoice;
}

/** @throws ConfigError for options that contradict each other, DataError for a file that is no checkpoint */
async function startOf({ checkpoint: file, fineTune, model, config }: TrainOptions): Promise<Start | undefined> {
  if (file === undefined) {
    if (fineTune === undefined) return undefined;
    throw new ConfigError('--fine-tune', fineTune, 'needs --checkpoint: fresh weights are trained whole');
  }
  if (model !== undefined || config !== undefined) {
    throw new ConfigError('--checkpoint', file, `stands beside ${model ?? '--config'}; its own architecture counts`);
  }
  const bytes = await readInputFile(file);
  const checkpoint = readCheckpoint(bytes, file);
  return { bytes, checkpoint, network: { name: file, config: checkpoint.config, given: new Set() } };
}

/** @throws ConfigError for what cannot be trained on these images */
function settingsOf(
  network: NetworkChoice,
  options: TrainOptions,
  images: LabelledImages,
  start: Start | undefined,
): TrainingSettings {
  const { training, given } = network;
  if (training?.loss === 'binary-cross-entropy') {
    throw new ConfigError('loss', 'bce', 'is for several labels an image; these images have one');
  }
  const stated = <T>(key: string, value: T | undefined): T | undefined => (given.has(key) ? value : undefined);
  const optimizer = optimizerOf(network, options);
  const { epochs, accumulate, schedule, warmup, recompute = false, precision, mirror, shift } = options;
  if (warmup >= epochs) throw new ConfigError('--warmup', warmup, `must be below the ${epochs} epochs`);
  return {
    config: start
      ? fineTunedConfig(start.checkpoint, images, options.dropout)
      : fitted(network.config, options.dropout, images),
    ...trainableOf(options.fineTune),
    ...{ epochs, accumulate, schedule, warmup, recompute, precision, mirror, shift, optimizer },
    batch: options.batch ?? stated('batch', training?.batch) ?? 50,
    learningRate: options.lr ?? stated('lr', training?.learningRate) ?? (optimizer.kind === 'sgd' ? 0.1 : 0.005),
    clip: options.clip ?? stated('clip', training?.clip) ?? 0,
    labelSmoothing: options.labelSmoothing ?? stated('label_smoothing', training?.labelSmoothing) ?? 0,
    seed: options.seed ?? stated('seed', training?.seed) ?? 0,
    normalisation: start?.checkpoint.normalisation ?? FASHION_MNIST_NORMALIZATION,
  };
}

/** The network with the input and the classes that the images ask for. */
const fitted = (config: DenseNetConfig, dropout: number, images: LabelledImages): DenseNetConfig =>
  checkConfig({
    ...{ ...config, dropout, inputChannels: images.channels, height: images.height, width: images.width },
    classes: images.classNames.length,
  });

function optimizerOf({ training, given }: NetworkChoice, options: TrainOptions): OptimizerOptions {
  const stated = training?.optimizer;
  const kind = options.optimizer ?? (given.has('optimizer') ? stated?.kind : undefined) ?? 'adamw';
  const decay = options.weightDecay ?? (given.has('weight_decay') ? stated?.weightDecay : undefined);
  const weightDecay = decay === undefined ? {} : { weightDecay: decay };
  if (kind === 'adamw') {
    if (options.momentum !== undefined) {
      throw new ConfigError('--momentum', options.momentum, 'is for --optimizer sgd, not adamw');
    }
    return checkOptimizer({ ...(stated?.kind === 'adamw' ? stated : ADAMW), ...weightDecay });
  }
  const sgd = stated?.kind === 'sgd' ? { ...SGD, momentum: stated.momentum, nesterov: stated.nesterov } : SGD;
  const momentum = options.momentum ?? sgd.momentum;
  return checkOptimizer({ ...sgd, ...weightDecay, momentum, nesterov: sgd.nesterov && momentum > 0 });
}
