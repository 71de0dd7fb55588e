// The settings of a training, from the options of `train`: an option comes before --config, which comes before the defaults.
import { type ImageDataset, taskOf } from '../../src/data/dataset.ts';
import { parse } from '../../src/data/schema.ts';
import { mirrorDefault } from '../../src/densenet/augment/mirror-default.ts';
import type { AutotuneMode } from '../../src/densenet/autotune/autotune.ts';
import { CONFIG_FIELDS, checkConfig, type DenseNetConfig } from '../../src/densenet/config.ts';
import { configToJson } from '../../src/densenet/config-json.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import type { Normalisation } from '../../src/densenet/normalisation.ts';
import { AUGMENTATIONS } from '../../src/densenet/train/augmentation.ts';
import { type Checkpoint, writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { type ClassifierStart, fineTunedConfig } from '../../src/densenet/train/fine-tune.ts';
import { defaultBatch, HYPERPARAMETER_FIELDS, HYPERPARAMETERS } from '../../src/densenet/train/hyperparameters.ts';
import { lossOf } from '../../src/densenet/train/losses.ts';
import { optimizerOf } from '../../src/densenet/train/optimizers.ts';
import { NO_GROUPS, PARAMETER_GROUPS } from '../../src/densenet/train/parameter-groups.ts';
import { sourceOf } from '../../src/densenet/train/source-size.ts';
import { WEIGHT_AVERAGE } from '../../src/densenet/train/weight-average.ts';
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import type { TrainingSettings } from '../../src/jobs/train-request.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import type { ImagesInfo, SaveEvery } from '../../src/training/events.ts';
import type { DatasetOptions } from '../dataset-options.ts';
import { chooseNetwork, type NetworkChoice, SMALL, shortName } from '../networks.ts';
import { readWeights, type WeightsOptions } from '../weights-file.ts';
import { shortList } from './data.ts';
import {
  byOption,
  chosen,
  chosenOptimizer,
  type GivenOptions,
  given as givenOf,
  LOSS_FIELDS,
  presetOf,
  SCHEDULE_FIELDS,
} from './hyperparameter-options.ts';
import type { OpenedData } from './opened-data.ts';

/** The options of a training that begins; those that are hyperparameters are in hyperparameter-options.ts. */
export interface NewRunOptions extends WeightsOptions, GivenOptions, Omit<DatasetOptions, 'seed'> {
  readonly data: string;
  readonly model?: string;
  readonly config?: string;
  readonly checkpoint?: string;
  readonly classifier?: ClassifierStart;
  readonly images?: number;
}

/** The options of `train`. */
export interface TrainOptions extends NewRunOptions {
  readonly autotune: AutotuneMode;
  readonly out?: string;
  readonly run?: string;
  readonly keep?: number;
  /** false: --no-report. */
  readonly report: boolean;
  readonly overwrite?: boolean;
  readonly saveEvery?: SaveEvery;
  readonly state?: string;
  readonly resume?: string;
  readonly json?: boolean;
  readonly preview?: string;
}

/** What is to be known of the images for it. */
export type OpenedImages = Pick<OpenedData, 'input' | 'normalisation' | 'named'> & {
  readonly training: ImagesInfo & Pick<ImageDataset, 'labels'>;
};

export const networkOf = ({ model, config }: NewRunOptions): NetworkChoice =>
  model === undefined && config === undefined
    ? { name: shortName(SMALL), config: SMALL, given: new Set() }
    : chooseNetwork(model, config);

export interface Start {
  readonly bytes: Uint8Array;
  readonly checkpoint: Checkpoint;
  readonly network: NetworkChoice;
  readonly classifier: ClassifierStart;
  /** Which weights of the checkpoint are kept and which are re-initialised, as sentences. */
  readonly notes: readonly string[];
}

/**
 * What a fine-tuning starts from: the checkpoint's weights for the classes of the data.
 * @throws ConfigError for options that contradict each other, DataError and WeightsError for a file that holds something else
 */
export async function startOf(options: NewRunOptions, { training, named }: OpenedImages): Promise<Start | undefined> {
  const { checkpoint: file, fineTune, model, config } = options;
  if (file === undefined) {
    const { classifier, preprocessing, ignore, inChannels } = options;
    const of = {
      '--fine-tune': fineTune,
      '--classifier': classifier,
      '--preprocessing': preprocessing,
      '--ignore': ignore,
      '--in-channels': inChannels,
    };
    const [stray] = Object.entries(of).filter(([, value]) => value !== undefined);
    if (stray)
      throw new ConfigError(stray[0], stray[1], 'needs --checkpoint: newly initialised weights are trained whole');
    return undefined;
  }
  if (model !== undefined || config !== undefined) {
    throw new ConfigError(
      '--checkpoint',
      file,
      `cannot be combined with ${model === undefined ? '--config' : `--model ${model}`}: the checkpoint has its own architecture`,
    );
  }
  const classes = training.classNames.length;
  // Whatever names the file's tensors have, the host gets a checkpoint in this project's own format.
  const { labels: _, ...weights } = options;
  const found = await readWeights(file, weights, { newClassifier: { classes, seed: seedOf(options) } });
  const { mean, std } = found.preprocessing;
  const details = {
    ...(found.classNames && { classNames: found.classNames }),
    ...(found.report.sources.preprocessing !== 'assumed' && { normalisation: { mean, std } }),
  };
  const bytes = writeCheckpoint(buildNetwork(found.config), found.state, details);
  const checkpoint: Checkpoint = { config: found.config, state: found.state, ...details };
  const { classifier, note } = classifierOf(file, found, options.classifier, { names: training.classNames, named });
  const network = { name: file, config: checkpoint.config, given: new Set<string>() };
  return { bytes, checkpoint, network, classifier, notes: [note] };
}

/** Whether the checkpoint's classifier is kept, with a message: it is never thrown away silently. */
function classifierOf(
  file: string,
  { config, classNames, report }: ImportedNetwork,
  wanted: ClassifierStart | undefined,
  { names, named }: { readonly names: readonly string[]; readonly named: OpenedImages['named'] },
): { readonly classifier: ClassifierStart; readonly note: string } {
  const count = (n: number) => `${n} ${n === 1 ? 'class' : 'classes'}`;
  if (report.classifier === null) {
    if (wanted === 'keep') throw new ConfigError('--classifier', wanted, `needs a classifier: ${file} has none`);
    return {
      classifier: 'reset',
      note: `${file} has no classifier: a new one is initialised for ${count(names.length)}`,
    };
  }
  if (config.classes !== names.length) {
    const differ = `${file} has ${count(config.classes)}, but the data set has ${names.length}`;
    if (wanted === 'keep') throw new ConfigError('--classifier', wanted, `needs as many classes: ${differ}`);
    return { classifier: 'reset', note: `${differ}: the classifier is re-initialised; all other weights are kept` };
  }
  if (wanted === 'reset') {
    return {
      classifier: 'reset',
      note: 'the classifier is re-initialised (--classifier reset); all other weights are kept',
    };
  }
  const same = classNames?.every((name, label) => name === names[label]) ?? named === 'numbers';
  const kept = `all weights of ${file} are kept, including the classifier`;
  if (same) return { classifier: 'keep', note: kept };
  const from = classNames ? shortList(classNames) : 'unnamed';
  return {
    classifier: 'keep',
    note:
      `${kept}, though its classes (${from}) differ from the data set's (${shortList(names)}): ` +
      '--classifier reset re-initialises it',
  };
}

const seedOf = (options: NewRunOptions): number =>
  byOption(() => parse(HYPERPARAMETER_FIELDS.seed, options.seed ?? 0, 'seed'));

/** @throws ConfigError for what cannot be trained on these images */
export function settingsOf(
  network: NetworkChoice,
  options: NewRunOptions,
  { training: images, input, normalisation, named }: OpenedImages,
  start: Start | undefined,
): TrainingSettings {
  const { training, given } = network;
  const hasSeveral = taskOf(images) === 'multi-label';
  const stated = (record: object = {}) =>
    Object.fromEntries(Object.entries(record).filter(([field]) => given.has(field)));
  return byOption(() => {
    const kind = given.has('optimizer') ? { kind: training?.optimizer.kind } : {};
    const optimizer = chosenOptimizer(options, { ...stated(training?.optimizer), ...kind });
    const seen = { ...images, ...input };
    const config = start ? fineTunedConfig(start.checkpoint, seen, dropoutOf(options)) : fitted(network, options, seen);
    const hyperparameters = parse(
      HYPERPARAMETERS,
      {
        learningRate: optimizerOf(optimizer.kind).learningRate.scratch,
        ...chosen(HYPERPARAMETER_FIELDS, options, {
          batch: defaultBatch(images.count),
          ...(hasSeveral && { loss: 'binary-cross-entropy' }),
          ...stated(training),
        }),
        optimizer,
        augment: chosen(AUGMENTATIONS, options, { ...presetOf(options), ...mirrorOf(images, named) }),
        scheduleOptions: givenOf(SCHEDULE_FIELDS, options, {}),
        lossOptions: givenOf(LOSS_FIELDS, options, stated(training?.lossOptions)),
        groups: { ...NO_GROUPS, ...givenOf(PARAMETER_GROUPS, options, stated(training?.groups)) },
        average: chosen(WEIGHT_AVERAGE, options),
        config: configToJson(config),
        normalisation: normalisationFor(options, images.channels, start?.checkpoint.normalisation ?? normalisation),
      },
      'hyperparameters',
    );
    const { loss } = hyperparameters;
    const isForSeveral = lossOf(loss).labels === 'Float32Array';
    if (isForSeveral !== hasSeveral) {
      const rule = isForSeveral
        ? 'several labels per image; these images have one'
        : 'one label per image; these images have several';
      throw new ConfigError('loss', loss, `is for ${rule}`);
    }
    sourceOf(images, hyperparameters);
    return { ...hyperparameters, ...(start && { classifier: start.classifier }) };
  });
}

/** Off where the classes are digits, letters or signs; what a class without a name is, nobody knows. */
const mirrorOf = ({ classNames }: ImagesInfo, named: OpenedImages['named']): { readonly mirror?: boolean } =>
  mirrorDefault(named === 'numbers' ? undefined : classNames) ? {} : { mirror: false };

const dropoutOf = (options: NewRunOptions): number =>
  parse(CONFIG_FIELDS.dropout, chosen({ dropout: CONFIG_FIELDS.dropout }, options).dropout, 'dropout');

/** Mean and standard deviation: of the options, else those of the checkpoint's training, else measured. @throws ConfigError */
function normalisationFor({ mean, std }: NewRunOptions, channels: number, otherwise: Normalisation): Normalisation {
  for (const [name, values] of Object.entries({ '--mean': mean, '--std': std })) {
    if (values && values.length !== channels) {
      throw new ConfigError(name, values, `has ${values.length} numbers; the images have ${channels} channels`);
    }
  }
  if (std?.some((value) => value <= 0)) throw new ConfigError('--std', std, 'must be above 0');
  return { mean: mean ?? otherwise.mean, std: std ?? otherwise.std };
}

/** The network, with the images' input size and number of classes. */
function fitted(
  { config, given }: NetworkChoice,
  options: NewRunOptions,
  { channels, height, width, classNames }: ImagesInfo,
): DenseNetConfig {
  const classes = classNames.length;
  if (given.has('classes') && config.classes !== classes) {
    throw new ConfigError(
      'classes',
      config.classes,
      `in --config, but the data set has ${classes} (--labels FILE may name more)`,
    );
  }
  return checkConfig({
    ...config,
    dropout: dropoutOf(options),
    inputChannels: channels,
    height,
    width,
    classes,
    ...(options.batchNormEpsilon !== undefined && { batchNormEpsilon: options.batchNormEpsilon }),
  });
}
