// What `train` is told, as a training's settings: options, then what --config says, then defaults.
import { FASHION_MNIST_NORMALIZATION } from '../src/data/fashion-mnist.ts';
import type { LabelledImages } from '../src/data/idx.ts';
import { checkConfig, type DenseNetConfig } from '../src/densenet/config.ts';
import { importWeights } from '../src/densenet/import/import-weights.ts';
import { buildNetwork } from '../src/densenet/network.ts';
import type { Precision } from '../src/densenet/plan/precision.ts';
import { type Checkpoint, writeCheckpoint } from '../src/densenet/training/checkpoint.ts';
import { fineTunedConfig } from '../src/densenet/training/fine-tune.ts';
import { ADAMW, checkOptimizer, type OptimizerOptions, SGD } from '../src/densenet/training/optimizers.ts';
import type { ScheduleName } from '../src/densenet/training/schedules.ts';
import type { TuneMode } from '../src/densenet/tune/tune.ts';
import type { SaveEvery } from '../src/hosts/jobs/train-messages.ts';
import { ConfigError } from '../src/runtime/errors.ts';
import { trainableOf } from './fine-tune-option.ts';
import { readInputFile } from './input-file.ts';
import { chooseNetwork, type NetworkChoice, shortName } from './network-choice.ts';
import { SMALL } from './small-networks.ts';
import type { TrainingSettings } from './training-run.ts';

export interface TrainOptions {
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
  readonly overwrite?: boolean;
  readonly saveEvery?: SaveEvery;
  readonly state?: string;
  readonly resume?: string;
  readonly json?: boolean;
}

export const networkOf = ({ model, config }: TrainOptions): NetworkChoice =>
  model === undefined && config === undefined
    ? { name: shortName(SMALL), config: SMALL, given: new Set() }
    : chooseNetwork(model, config);

export interface Start {
  readonly bytes: Uint8Array;
  readonly checkpoint: Checkpoint;
  readonly network: NetworkChoice;
}

/** @throws ConfigError for options that contradict each other, DataError and WeightsError for a file of other things */
export async function startOf({ checkpoint: file, fineTune, model, config }: TrainOptions): Promise<Start | undefined> {
  if (file === undefined) {
    if (fineTune === undefined) return undefined;
    throw new ConfigError('--fine-tune', fineTune, 'needs --checkpoint: fresh weights are trained whole');
  }
  if (model !== undefined || config !== undefined) {
    throw new ConfigError('--checkpoint', file, `stands beside ${model ?? '--config'}; its own architecture counts`);
  }
  // Whatever names its tensors have, what travels to the host is a checkpoint of ours.
  const { config: found, state, classNames, preprocessing, report } = importWeights(await readInputFile(file), file);
  const { mean, std } = preprocessing;
  const details = {
    ...(classNames && { classNames }),
    ...(report.sources.preprocessing !== 'assumed' && { normalisation: { mean, std } }),
  };
  const bytes = writeCheckpoint(buildNetwork(found), state, details);
  const checkpoint: Checkpoint = { config: found, state, ...details };
  return { bytes, checkpoint, network: { name: file, config: checkpoint.config, given: new Set() } };
}

/** @throws ConfigError for what cannot be trained on these images */
export function settingsOf(
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
