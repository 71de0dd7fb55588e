// The same training here and in PyTorch, several seeds each: from the same weights, on the same images in the same order, mirrored and
// shifted alike. A run's state that has not begun goes to both: `train` goes on from it here, examples/ddp.py there. Rounding is
// all that differs, and training makes much of it: what is compared is the accuracy on test images after the last epoch.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GPU_CHOICES, HOSTS } from '../../cli/host/gpu-choice.ts';
import { packageRoot } from '../../cli/host/package-root.ts';
import { openSession, type Session } from '../../cli/host/session.ts';
import { note, print } from '../../cli/output.ts';
import { inMemory } from '../../src/data/dataset.ts';
import { writeNpz } from '../../src/data/npz.ts';
import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { initialize } from '../../src/densenet/initialize.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { AUGMENTATION_PRESETS } from '../../src/densenet/train/augmentation.ts';
import { epochShape } from '../../src/densenet/train/epoch-shape.ts';
import { type Hyperparameters, hyperparametersOf } from '../../src/densenet/train/hyperparameters.ts';
import { optimizerOf, optimizerWith } from '../../src/densenet/train/optimizers.ts';
import type { RunMetadata } from '../../src/densenet/train/run-metadata.ts';
import { readTrainingState, writeTrainingState } from '../../src/densenet/train/training-state.ts';
import { fingerprint } from '../../src/training/fingerprint.ts';
import { NO_METRICS } from '../../src/training/run.ts';
import { VERSION } from '../../src/version.ts';
import { percent } from '../../ui/number-text.ts';
import { table } from '../../ui/text-table.ts';
import { oneOf, seedsOf } from './accuracy.ts';
import { type AccuracyImages, CIFAR10_NORMALISATION, readCifar10 } from './cifar10.ts';

/** A DenseNet-BC of 3.2 MFLOP per image, forwards. */
const CONFIG: DenseNetConfig = {
  stem: 'cifar',
  growthRate: 6,
  blockLayers: [1, 2, 2],
  initialChannels: 8,
  bottleneckWidth: 2,
  compression: 0.5,
  dropout: 0,
  classes: 10,
  inputChannels: 3,
  height: 32,
  width: 32,
};

/** As the command line of bench/accuracy/run.mjs gives them. */
export interface AgainstPyTorchOptions {
  readonly host: string;
  readonly gpu: string;
  /** Folder of the CIFAR-10 package. */
  readonly cifar10: string;
  /** Whole numbers, separated by commas. */
  readonly seeds: string;
  readonly epochs: string;
  /** Of training. */
  readonly images: string;
  /** Of test. */
  readonly test: string;
  /** A file for the outcomes. */
  readonly json?: string;
  /** The program that has PyTorch. */
  readonly python: string;
}

interface Trained {
  readonly accuracy: number;
  readonly loss: number;
  readonly seconds: number;
}
interface Outcome {
  readonly seed: number;
  readonly here: Trained;
  readonly there: Trained;
}

/** @throws ConfigError for a host, GPU or number that is none; Error where PyTorch's training fails */
export async function compareWithPyTorch(options: AgainstPyTorchOptions): Promise<void> {
  const host = oneOf('--host', options.host, HOSTS);
  const gpu = oneOf('--gpu', options.gpu, GPU_CHOICES);
  const seeds = seedsOf(options.seeds);
  const [epochs, images, test] = [Number(options.epochs), Number(options.images), Number(options.test)];
  const data = await readCifar10(options.cifar10, images, test);
  const folder = await mkdtemp(join(tmpdir(), 'densenet-against-pytorch-'));
  const session = await openSession({ host, gpu });
  try {
    note(`${session.host}: ${session.adapter.name}`);
    const file = join(folder, 'images.npz');
    await writeFile(file, await writeNpz({ train: inMemory(data.training), validation: inMemory(data.validation) }));
    const outcomes: Outcome[] = [];
    for (const seed of seeds) {
      const hyperparameters = hyperparametersWith(seed, epochs);
      const state = await newState(hyperparameters, data);
      const begun = join(folder, `${seed}.safetensors`);
      await writeFile(begun, state);
      const there = await trainThere(options.python, begun, file);
      const here = await trainHere(session, hyperparameters, data, state);
      outcomes.push({ seed, here, there });
      const text = ({ accuracy, loss, seconds }: Trained) =>
        `${percent(accuracy)}, loss ${loss.toFixed(3)}, ${seconds.toFixed(0)} s`;
      note(`seed ${seed}: here ${text(here)}; PyTorch ${text(there)}`);
    }
    if (options.json !== undefined) await writeFile(options.json, JSON.stringify(outcomes, undefined, 2));
    print(summary(outcomes));
  } finally {
    await session.close();
    await rm(folder, { recursive: true });
  }
}

const hyperparametersWith = (seed: number, epochs: number): Hyperparameters =>
  hyperparametersOf({
    config: CONFIG,
    epochs,
    batch: 50,
    accumulate: 1,
    optimizer: optimizerWith('sgd'),
    learningRate: 0.1,
    schedule: 'cosine',
    warmup: 0,
    clip: 0,
    labelSmoothing: 0,
    recompute: false,
    precision: 'f32',
    augment: AUGMENTATION_PRESETS.paper,
    seed,
    normalisation: CIFAR10_NORMALISATION,
    trainable: 'all',
  });

/** The state of a run that has not begun. */
async function newState(hyperparameters: Hyperparameters, { training, validation }: AccuracyImages) {
  const network = buildNetwork(hyperparameters.config);
  const run: RunMetadata = {
    hyperparameters,
    updatesPerEpoch: epochShape(hyperparameters, training.count).updates,
    epochs: [],
    runningMetrics: NO_METRICS,
    seconds: 0,
    data: { training: await fingerprint(inMemory(training)), validation: await fingerprint(inMemory(validation)) },
    tiles: null,
    about: {},
    engine: { version: VERSION, host: 'node', gpu: 'none', plan: 'none' },
  };
  const moments = optimizerOf(hyperparameters.optimizer.kind).state.map(
    () => new Float32Array(network.arena.parameters),
  );
  const trainer = { steps: 0, ...initialize(network, hyperparameters.seed), optimizerState: moments };
  return writeTrainingState(network, trainer, { run, normalisation: hyperparameters.normalisation });
}

async function trainHere(
  session: Session,
  hyperparameters: Hyperparameters,
  { training, validation }: AccuracyImages,
  resume: Uint8Array,
): Promise<Trained> {
  let last: Trained | undefined;
  await session.run(
    'train',
    { ...hyperparameters, training, validation, resume },
    {
      onEvent: (event) => {
        if (event.kind !== 'epoch') return;
        const { validationAccuracy, validationLoss, seconds } = event;
        last = { accuracy: validationAccuracy ?? Number.NaN, loss: validationLoss ?? Number.NaN, seconds };
        note(`  here, epoch ${event.epoch + 1}: ${percent(last.accuracy)}`);
      },
    },
  );
  if (!last) throw new Error('no epoch has come to its end');
  return last;
}

async function trainThere(python: string, state: string, images: string): Promise<Trained> {
  const out = `${state}.out`;
  const child = spawn(python, [join(packageRoot, 'examples/ddp.py'), state, '--data', images, '--out', out], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`examples/ddp.py ended with ${code}: see above`);
  const { run } = readTrainingState(await readFile(out), out);
  const { validationAccuracy, validationLoss } = run.epochs.at(-1) ?? {};
  return { accuracy: validationAccuracy ?? Number.NaN, loss: validationLoss ?? Number.NaN, seconds: run.seconds };
}

function summary(outcomes: readonly Outcome[]): string {
  const mean = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((sum, outcome) => sum + of(outcome), 0) / outcomes.length;
  const row = (name: string, of: (outcome: Outcome) => Trained) => [
    name,
    ...outcomes.map((outcome) => percent(of(outcome).accuracy)),
    percent(mean((outcome) => of(outcome).accuracy)),
    mean((outcome) => of(outcome).loss).toFixed(3),
    `${mean((outcome) => of(outcome).seconds).toFixed(0)} s`,
  ];
  return table(
    ['trained with', ...outcomes.map(({ seed }) => `seed ${seed}`), 'mean', 'mean loss', 'time'],
    [row('this library', ({ here }) => here), row('PyTorch', ({ there }) => there)],
  );
}
