// What the form says before anybody has changed it: by the data, the GPU, and whether a network is fine-tuned.

import { defaultOf } from '../../src/data/schema.ts';
import { CONFIG_FIELDS } from '../../src/densenet/config.ts';
import { AUGMENTATIONS } from '../../src/densenet/train/augmentation.ts';
import { HYPERPARAMETER_FIELDS } from '../../src/densenet/train/hyperparameters.ts';
import { type OptimizerKind, optimizerOf, optimizerWith } from '../../src/densenet/train/optimizers.ts';
import type { Form } from './form.ts';
import type { FormContext } from './form-numbers.ts';
import { defaultNetwork, NETWORKS, type NetworkName } from './networks.ts';

export interface Machine {
  readonly software: boolean;
  /** Of the computer, in GiB, as far as the browser says. */
  readonly memory: number | undefined;
}

/**
 * A network learns by updates, a batch each: few images take smaller batches and more epochs. So many updates and images a
 * software GPU gets through in minutes.
 */
const SOFTWARE = { images: 500, epochs: 3, updates: 120, batch: 16 };
const HARDWARE = { images: 5000, epochs: 10, updates: 300, batch: 32 };
/** Batches of an epoch that a small set is divided into, as far as batches stay of a size that statistics can be taken of. */
const BATCHES = 6;
const LEAST_BATCH = 4;
/** In GB. */
const MEMORY = 4;
/** In epochs: short runs at these rates are steadier with a little of it. */
const WARMUP = 0.2;

/** A form's fields of a network's shape. */
export function shapeFields(
  name: NetworkName,
): Pick<
  Form,
  'network' | 'stem' | 'growthRate' | 'blocks' | 'initialChannels' | 'bottleneckWidth' | 'compression' | 'size'
> {
  const { stem, growthRate, blockLayers, initialChannels, bottleneckWidth, compression, size } = NETWORKS[name];
  return {
    network: name,
    stem,
    blocks: blockLayers.join(', '),
    size: String(size),
    growthRate: String(growthRate),
    initialChannels: String(initialChannels),
    bottleneckWidth: String(bottleneckWidth),
    compression: String(compression),
  };
}

/** @param images to learn from, at least one */
export function defaultLength(images: number, software: boolean): { readonly batch: number; readonly epochs: number } {
  const usual = software ? SOFTWARE : HARDWARE;
  const batch = Math.min(images, usual.batch, Math.max(LEAST_BATCH, Math.floor(images / BATCHES)));
  const updates = Math.floor(images / batch);
  return { batch, epochs: Math.max(usual.epochs, Math.ceil(usual.updates / updates)) };
}

export function defaultForm(
  context: FormContext,
  machine: Machine,
  start: Form['start'],
  optimizer: Form['optimizer'],
): Form {
  const { software } = machine;
  const usual = software ? SOFTWARE : HARDWARE;
  const images = Math.min(context.images, usual.images);
  const { batch, epochs } = defaultLength(images, software);
  const side = context.size?.height ?? NETWORKS[defaultNetwork(context.size, software)].size;
  return {
    start,
    trainable: 'classifier',
    optimizer,
    schedule: defaultOf(HYPERPARAMETER_FIELDS.schedule),
    colours: 'colour',
    ...shapeFields(defaultNetwork(context.size, software)),
    dropout: String(defaultOf(CONFIG_FIELDS.dropout)),
    images: String(images),
    epochs: String(epochs),
    batch: String(batch),
    accumulate: String(defaultOf(HYPERPARAMETER_FIELDS.accumulate)),
    learningRate: String(defaultRate(start, optimizer)),
    warmup: String(WARMUP),
    weightDecay: String(defaultDecay(optimizer)),
    labelSmoothing: String(defaultOf(HYPERPARAMETER_FIELDS.labelSmoothing)),
    mirror: defaultOf(AUGMENTATIONS.mirror),
    // A pixel for each 28 of the side: what moves a garment of the sample by one moves a photograph as far.
    shift: String(Math.max(defaultOf(AUGMENTATIONS.shift), Math.round(side / 28))),
    seed: String(defaultOf(HYPERPARAMETER_FIELDS.seed)),
    recompute: defaultOf(HYPERPARAMETER_FIELDS.recompute),
    precision: defaultOf(HYPERPARAMETER_FIELDS.precision),
    memory: String(defaultMemory(machine)),
  };
}

/** A network that has learned already takes smaller steps. */
const defaultRate = (start: Form['start'], optimizer: Form['optimizer']): number =>
  optimizerOf(optimizer).learningRate[start === 'scratch' ? 'scratch' : 'fineTune'];

/** Few images want more of it than the paper's. */
const WEIGHT_DECAY: Readonly<Partial<Record<OptimizerKind, number>>> = { sgd: 5e-4 };

const defaultDecay = (optimizer: OptimizerKind): number =>
  WEIGHT_DECAY[optimizer] ?? optimizerWith(optimizer).weightDecay;

/** Of a GPU no page learns how much memory it has; a software one takes the computer's. */
const defaultMemory = ({ software, memory }: Machine): number =>
  software ? Math.max(0.5, Math.min(MEMORY, (memory ?? MEMORY) / 2)) : MEMORY;
