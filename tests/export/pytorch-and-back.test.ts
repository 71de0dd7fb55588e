// Trainings that go from this engine to PyTorch and back: one step of torch.optim from an exported checkpoint is the step here;
// examples/ddp.py, as one process and as two, goes on where a run stands, and the run goes on where that ends.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDensenet, densenet, lastObject } from '../../cli/densenet-process.ts';
import { openSession, type Session } from '../../cli/host/session.ts';
import { gatherPixels, permutation } from '../../src/data/batches.ts';
import { inMemory } from '../../src/data/dataset.ts';
import type { LabelledImages } from '../../src/data/idx.ts';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { float32Tensor, int32Tensor } from '../../src/data/tensor.ts';
import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { configToJson } from '../../src/densenet/config-json.ts';
import { readGolden } from '../../src/densenet/golden/golden.ts';
import { initialize } from '../../src/densenet/initialize.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { normalised } from '../../src/densenet/normalisation.ts';
import { trainableRange } from '../../src/densenet/plan/scope.ts';
import { byParameter, toStateDict } from '../../src/densenet/state-dict.ts';
import { NO_AUGMENTATION } from '../../src/densenet/train/augmentation.ts';
import { epochShape, imagesOfUpdate } from '../../src/densenet/train/epoch-shape.ts';
import { type Hyperparameters, hyperparametersToJson, scheduleOf } from '../../src/densenet/train/hyperparameters.ts';
import { optimizerOf, optimizerWith } from '../../src/densenet/train/optimizers.ts';
import { NO_GROUPS } from '../../src/densenet/train/parameter-groups.ts';
import { stateName } from '../../src/densenet/train/trainer-state.ts';
import { readTrainingState, type TrainingState, writeTrainingState } from '../../src/densenet/train/training-state.ts';
import { NO_AVERAGE } from '../../src/densenet/train/weight-average.ts';
import { writeModelPy } from '../../src/export/model-py.ts';
import { writePth } from '../../src/export/pth.ts';
import { writeTrainingPth } from '../../src/export/training-pth.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { fingerprint } from '../../src/training/fingerprint.ts';
import { trainingId } from '../../src/training/state.ts';
import { missingFor, PYTHON } from '../fixtures/python.ts';
import { sampleRun } from '../fixtures/sample-run.ts';
import { pyTorch } from './check-pth.ts';

const reason = missingFor('torch', 'torchvision');
const DDP = new URL('../../examples/ddp.py', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'densenet-pytorch-'));
const dataOf = (kind: Kind): string => join(folder, `data-${kind}`);
const python = pyTorch();
let session: Session | undefined;
afterAll(async () => {
  python.end();
  await session?.close();
  rmSync(folder, { recursive: true });
});

const CONFIG: DenseNetConfig = {
  stem: 'cifar',
  growthRate: 4,
  blockLayers: [1, 1],
  initialChannels: 6,
  bottleneckWidth: 2,
  compression: 0.5,
  dropout: 0,
  classes: 3,
  inputChannels: 1,
  height: 6,
  width: 6,
};
const NORMALISATION = { mean: [0.4], std: [0.3] };
/** Ten updates per epoch, of two micro-batches each; the last has what is left over. */
const HYPERPARAMETERS: Hyperparameters = {
  config: CONFIG,
  epochs: 3,
  earlyStop: 0,
  batch: 4,
  accumulate: 2,
  dropLast: false,
  optimizer: optimizerWith('sgd'),
  learningRate: 0.05,
  schedule: 'cosine',
  warmup: 0.5,
  clip: 1,
  labelSmoothing: 0.1,
  recompute: false,
  precision: 'f32',
  augment: NO_AUGMENTATION,
  seed: 11,
  normalisation: NORMALISATION,
  trainable: 'all',
  scheduleOptions: {},
  loss: 'cross-entropy',
  lossOptions: {},
  groups: NO_GROUPS,
  average: NO_AVERAGE,
};

/** Images of which a network learns something: a bright pixel whose column is its class. */
function images(count: number, seed: number): LabelledImages {
  const random = createRandom(seed);
  const area = CONFIG.height * CONFIG.width;
  const labels = Int32Array.from({ length: count }, () => random.uint32() % CONFIG.classes);
  const pixels = Uint8Array.from({ length: count * area }, () => random.uint32() % 90);
  for (const [i, label] of labels.entries()) {
    for (let row = 0; row < CONFIG.height; row++) pixels[i * area + row * CONFIG.width + 2 * label] = 250;
  }
  return {
    count,
    channels: 1,
    height: CONFIG.height,
    width: CONFIG.width,
    pixels,
    labels,
    classNames: ['0', '1', '2'],
  };
}
/** With 77, an epoch ends with micro-batches of 4 and 1; with 75, with one of 3, in which the second process has no part. */
const TRAINING = { sgd: images(77, 1), adamw: images(75, 3), rmsprop: images(80, 4) };
type Kind = keyof typeof TRAINING;
const KINDS = ['sgd', 'adamw', 'rmsprop'] as const satisfies readonly Kind[];
/** What of a run with each optimizer is its own; RMSprop's has all of that optimizer's state, and images that are augmented. */
const CHANGES = {
  sgd: {},
  adamw: { learningRate: 0.01 },
  rmsprop: {
    optimizer: optimizerWith('rmsprop', {
      alpha: 0.9,
      epsilon: 1e-3,
      momentum: 0.5,
      centered: true,
      weightDecay: 0.01,
    }),
    learningRate: 0.002,
    augment: { ...NO_AUGMENTATION, mirror: true, shift: 1 },
  },
} as const satisfies Record<Kind, Partial<Hyperparameters>>;
const validation = images(9, 2);

beforeAll(async () => {
  for (const kind of KINDS) {
    mkdirSync(dataOf(kind));
    for (const [name, { count, height, width, pixels, labels }] of [
      ['train', TRAINING[kind]] as const,
      ['t10k', validation] as const,
    ]) {
      const sizes = [0, 0, 0, count, 0, 0, 0, height, 0, 0, 0, width];
      const file = (of: string) => join(dataOf(kind), `${name}-${of}-ubyte`);
      writeFileSync(file('images-idx3'), Buffer.from([0, 0, 8, 3, ...sizes, ...pixels]));
      writeFileSync(file('labels-idx1'), Buffer.from([0, 0, 8, 1, 0, 0, 0, count, ...labels]));
    }
  }
  if (reason !== undefined) return;
  buildDensenet();
  session = await openSession({ host: 'node', gpu: 'software' });
}, 120_000);

/**
 * The states of a training every `every` updates, and at its end; and the loss of each step. A state that is due while the one before
 * it is still being saved comes a few steps late, as on a busy machine: then the training, whose bits do not change, runs again.
 * @param steps at which there must be states
 */
async function trained(given: Hyperparameters, every: number, resume: Uint8Array, steps: readonly number[]) {
  for (let attempt = 1; ; attempt++) {
    const found = await trainedOnce(given, every, resume);
    if (attempt === ATTEMPTS || steps.every((step) => found.states.has(step))) return found;
  }
}

const ATTEMPTS = 10;

async function trainedOnce(given: Hyperparameters, every: number, resume: Uint8Array) {
  if (!session) throw new Error('there is no session');
  const states = new Map<number, Uint8Array>();
  const losses: number[] = [];
  const training = TRAINING[kindOf(given)];
  const saveEvery = { updates: every };
  const request = { ...given, training, validation, resume, saveEvery, reportSteps: true, unrollOnSoftware: false };
  await session.run('train', request, {
    onEvent: (event) => {
      if (event.kind === 'state') states.set(event.step, event.state);
      if (event.kind === 'steps') losses.push(...event.losses);
    },
  });
  return { states, losses };
}

const written = (name: string, content: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const stateAt = (states: ReadonlyMap<number, Uint8Array>, step: number): Uint8Array => {
  const state = states.get(step);
  if (!state) throw new Error(`no state at ${step}, but at ${[...states.keys()]}`);
  return state;
};

/** Milliseconds that a run takes at most: some seconds. */
const MOST = 60_000;

/**
 * Two processes of torch 1.13 that begin at once wait for each other forever now and then (a thread of gloo's spins): a run that
 * takes far too long is begun again. It may go with another torch.
 */
function begun(args: readonly string[], kind: Kind, attempts = 3): Buffer {
  const options = { env: { ...process.env, OMP_NUM_THREADS: '1' }, timeout: MOST, killSignal: 'SIGINT' } as const;
  const { status, signal, stdout, stderr } = spawnSync(PYTHON, [DDP, ...args, '--data', dataOf(kind)], options);
  if (status === 0) return stdout;
  if (signal === null && status !== null && status !== 130) throw new Error(`ddp.py ended with ${status}: ${stderr}`);
  if (attempts === 1) throw new Error(`ddp.py took more than ${MOST / 1000} s: ${stderr}`);
  return begun(args, kind, attempts - 1);
}

/** Runs examples/ddp.py; what it printed, a line per update. */
function ddp(kind: Kind, ...args: string[]): { update: number; loss: number }[] {
  return begun(args, kind)
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const kindOf = ({ optimizer }: Hyperparameters): Kind => KINDS.find((kind) => kind === optimizer.kind) ?? 'sgd';

/** The state of a run that has not begun, made without a GPU. */
async function newState(given: Hyperparameters): Promise<Uint8Array> {
  const network = buildNetwork(given.config);
  const sample = sampleRun(given.config, given.optimizer.kind, given);
  const training = TRAINING[kindOf(given)];
  const print = await fingerprint(inMemory(training));
  const run = {
    ...sample.run,
    updatesPerEpoch: epochShape(given, training.count).updates,
    epochs: [],
    runningMetrics: { updates: 0, loss: 0, correct: 0, learningRate: 0 },
    seconds: 0,
    data: {
      // Of crops, larger.
      training: given.augment.randomCrop ? { ...print, height: print.height + 2 } : print,
      validation: await fingerprint(inMemory(validation)),
    },
  };
  const moments = optimizerOf(given.optimizer.kind).state.map(() => new Float32Array(network.arena.parameters));
  const trainer = { steps: 0, ...initialize(network, given.seed), optimizerState: moments };
  return writeTrainingState(network, trainer, {
    run,
    normalisation: NORMALISATION,
    training: { id: await trainingId(run) },
  });
}

/** The largest difference of two states' numbers, in units of the largest number of its tensor. */
function difference(a: TrainingState, b: TrainingState): number {
  const arenas = (of: TrainingState) => [of.trainer.parameters, of.trainer.running, ...of.trainer.optimizerState];
  const others = arenas(b);
  return arenas(a).reduce((most, values, i) => {
    const other = others[i] ?? new Float32Array();
    const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-30);
    return values.reduce(
      (worst, value, at) => Math.max(worst, Math.abs(value - (other[at] ?? Number.NaN)) / scale),
      most,
    );
  }, 0);
}

const largest = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe.for(KINDS)('%s', (kind) => {
  it('ten steps there and ten here, in both orders, are the run that never left', {
    timeout: 300_000,
  }, async (context) => {
    context.skip(reason !== undefined, reason);
    const hyperparameters = { ...HYPERPARAMETERS, optimizer: optimizerWith(kind), ...CHANGES[kind] };
    const first = await newState(hyperparameters);
    const { states: here, losses } = await trained(hyperparameters, 10, first, [10, 20, 30]);
    const expectLosses = (lines: readonly { loss: number }[], from: number) => {
      const differences = lines.map(({ loss }, i) => loss - (losses[from + i] ?? Number.NaN));
      expect(largest(differences), `losses of steps from ${from} on: ${differences}`).toBeLessThan(1e-4);
    };
    const whole = readTrainingState(stateAt(here, 30), 'here');

    // There first, as two processes; then here.
    const begun = written(`${kind}-0.safetensors`, first);
    const there = join(folder, `${kind}-10.safetensors`);
    const lines = ddp(kind, begun, '--out', there, '--updates', '10', '--processes', '2');
    expect(lines.map(({ update }) => update)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expectLosses(lines, 0);
    const ten = readTrainingState(readFileSync(there), there);
    expect(ten).toMatchObject({ checked: true, run: { engine: { host: 'python', gpu: '2 x CPU' } } });
    expect(ten.run.epochs).toHaveLength(1);
    expect(difference(readTrainingState(stateAt(here, 10), 'here'), ten)).toBeLessThan(1e-4);
    const { states: returned, losses: after } = await trained(hyperparameters, 19, readFileSync(there), [29, 30]);
    expectLosses(
      after.map((loss) => ({ loss })),
      10,
    );
    const back = readTrainingState(stateAt(returned, 30), 'back');
    await expectSameStep(kind, stateAt(returned, 29), stateAt(returned, 30));

    // Here first, then there to the end.
    const end = join(folder, `${kind}-30.safetensors`);
    const last = ddp(kind, written(`${kind}-20.safetensors`, stateAt(here, 20)), '--out', end);
    expect(last).toHaveLength(10);
    expectLosses(last, 20);
    const over = readTrainingState(readFileSync(end), end);

    for (const run of [back.run, over.run]) {
      expect(run.epochs).toHaveLength(3);
      for (const [i, epoch] of run.epochs.entries()) {
        const expected = whole.run.epochs[i];
        for (const of of ['loss', 'validationLoss', 'accuracy', 'validationAccuracy', 'learningRate'] as const)
          expect(
            Math.abs((epoch[of] ?? Number.NaN) - (expected?.[of] ?? Number.NaN)),
            `${of} of epoch ${i + 1}`,
          ).toBeLessThan(1e-4);
      }
    }
    expect(whole.run.epochs[2]?.loss).toBeLessThan((whole.run.epochs[0]?.loss ?? 0) - 0.05);
  });
});

/** From the state at `before` to that one step later: torch.optim's numbers are those of this engine. */
async function expectSameStep(kind: Kind, before: Uint8Array, after: Uint8Array): Promise<void> {
  const state = readTrainingState(before, 'before');
  const { trainer } = readTrainingState(after, 'after');
  const { run } = state;
  const network = buildNetwork(CONFIG);
  const preprocessing = { channels: 1, height: CONFIG.height, width: CONFIG.width, ...NORMALISATION };
  const answer = await python.ask(
    'step',
    written(`${kind}.pth`, writeTrainingPth(network, state)),
    written(`${kind}_model.py`, writeModelPy(network, { preprocessing })),
    written(`${kind}-batch.safetensors`, batchOf(run)),
    JSON.stringify(run.hyperparameters),
  );
  const rate = scheduleOf(run.hyperparameters, run.updatesPerEpoch)(state.trainer.steps);
  expect(answer).toMatchObject({ lr: expect.closeTo(rate, 12) });
  const tensors = new Map(Object.entries(numbersOf(answer)));
  const expected = new Map<string, Float32Array>();
  for (const [name, { values }] of toStateDict(network, trainer)) expected.set(name, values);
  for (const [i, tensor] of optimizerOf(kind).state.entries()) {
    const values = byParameter(trainableRange(network), trainer.optimizerState[i] ?? new Float32Array());
    for (const [name, { values: moments }] of values) expected.set(stateName(name, tensor), moments);
  }
  expect(expected.size).toBeGreaterThan(40);
  for (const [name, values] of expected) {
    const found = tensors.get(name) ?? [];
    expect(found.length, name).toBe(values.length);
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (found[i] ?? Number.NaN))), 0);
    // A moment is a gradient, a sum of thousands of products that cancel: it keeps fewer digits than what it moves.
    expect(worst / scale, name).toBeLessThan(name.startsWith('optimizer.') ? 1e-4 : 1e-5);
  }
}

/** The images of the run's next update: normalised, and labels. */
function batchOf({ hyperparameters, epochs, runningMetrics }: TrainingState['run']): Uint8Array {
  const { seed } = hyperparameters;
  const training = TRAINING[kindOf(hyperparameters)];
  const shape = epochShape(hyperparameters, training.count);
  const first = runningMetrics.updates * shape.update;
  const images = imagesOfUpdate(shape, runningMetrics.updates);
  const order = permutation(training.count, seed, epochs.length).subarray(first, first + images);
  const pixels = new Uint8Array(order.length * CONFIG.height * CONFIG.width);
  gatherPixels(training, order, pixels);
  const labels = Int32Array.from(order, (image) => training.labels[image] ?? 0);
  return writeSafetensors(
    new Map([
      ['images', float32Tensor([order.length, 1, CONFIG.height, CONFIG.width], normalised(pixels, NORMALISATION, 1))],
      ['labels', int32Tensor([order.length], labels)],
    ]),
  );
}

function numbersOf(answer: unknown): Record<string, number[]> {
  if (typeof answer !== 'object' || answer === null || !('tensors' in answer)) throw new Error('no tensors');
  const { tensors } = answer;
  if (typeof tensors !== 'object' || tensors === null) throw new Error('no tensors');
  return Object.fromEntries(
    Object.entries(tensors).map(([name, values]) => [name, Array.isArray(values) ? values.map(Number) : []]),
  );
}

describe('examples/ddp.py', () => {
  it('gives a state that the command line goes on from, with batches that two processes share', async (context) => {
    context.skip(reason !== undefined, reason);
    const given = { ...HYPERPARAMETERS, epochs: 2, batch: 8, accumulate: 1, warmup: 0 };
    const state = written('split-0.safetensors', await newState(given));
    const out = join(folder, 'split-13.safetensors');
    ddp('sgd', state, '--out', out, '--updates', '13', '--processes', '2');
    const { run, trainer, checked } = readTrainingState(readFileSync(out), out);
    expect(run.hyperparameters).toMatchObject({ batch: 4, accumulate: 2 });
    expect([trainer.steps, run.epochs.length, run.runningMetrics.updates, checked]).toEqual([13, 1, 3, true]);
    const { metadata } = readSafetensors(readFileSync(out), out);
    expect(JSON.parse(metadata.training ?? '')).toMatchObject({ id: await trainingId(run), updates: 13, batch: 4 });
    const resumed = await densenet(
      ...[
        'train',
        '--gpu',
        'software',
        '--resume',
        out,
        '--data',
        dataOf('sgd'),
        '--out',
        join(folder, 'end.safetensors'),
        '--json',
      ],
    );
    expect(resumed.err).toContain('the host is node and was python');
    expect(resumed.code).toBe(0);
    expect(lastObject(resumed.out)).toMatchObject({ updates: 20, interrupted: false });
  });

  it.for([
    [
      'an augmentation',
      { augment: { ...NO_AUGMENTATION, rotation: 5 } },
      [],
      /augments its images with rotation \(5\)/,
    ],
    [
      'crops of larger images',
      { augment: { ...NO_AUGMENTATION, randomCrop: true } },
      [],
      /augments its images with randomCrop \(True\)/,
    ],
    ['a part of the network', { trainable: 'classifier' as const }, [], /trains classifier only/],
    ['an optimizer that PyTorch does not have', { optimizer: optimizerWith('lion') }, [], /lion is not in torch.optim/],
    ['batches that do not split', { batch: 3, accumulate: 1 }, ['--processes', '2'], /batches of 3 into 2 unequal/],
  ] as const)('refuses %s', async ([name, changes, args, message], context) => {
    context.skip(reason !== undefined, reason);
    const trainable = 'trainable' in changes;
    const bytes = trainable ? undefined : await newState({ ...HYPERPARAMETERS, ...changes });
    const state = written(`${name}.safetensors`, bytes ?? (await frozenState()));
    const out = join(folder, `${name}.out`);
    const { status, stderr } = spawnSync(PYTHON, [DDP, state, '--data', dataOf('sgd'), '--out', out, ...args]);
    expect(stderr.toString()).toMatch(message);
    expect(status).toBe(1);
    expect(() => readFileSync(out)).toThrow();
  });

  it('refuses a damaged state, and other images than the run has', async (context) => {
    context.skip(reason !== undefined, reason);
    const bytes = await newState(HYPERPARAMETERS);
    const damaged = Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 5 ? byte ^ 1 : byte));
    const run = (state: string, from: string) =>
      spawnSync(PYTHON, [DDP, state, '--data', from, '--out', join(folder, 'no.out')]).stderr.toString();
    expect(run(written('damaged.safetensors', damaged), dataOf('sgd'))).toMatch(
      /is damaged: its SHA-256 does not match/,
    );
    const other = join(folder, 'other');
    mkdirSync(other);
    for (const name of ['train', 't10k']) {
      for (const file of [`${name}-images-idx3-ubyte`, `${name}-labels-idx1-ubyte`]) {
        const content = readFileSync(join(dataOf('sgd'), file));
        content[content.length - 1] = 1 - ((content.at(-1) ?? 0) % 2);
        writeFileSync(join(other, file), content);
      }
    }
    expect(run(written('good.safetensors', bytes), other)).toMatch(/does not hold the 77 training images of the run/);
  });
});

/** A run that trains the classifier alone. */
async function frozenState(): Promise<Uint8Array> {
  const network = buildNetwork(CONFIG);
  const sample = sampleRun(CONFIG, 'sgd', { ...HYPERPARAMETERS, trainable: 'classifier', dropLast: true });
  const floats = network.arena.parameters - network.classifier.weight.offset;
  const trainer = { ...sample.trainer, optimizerState: sample.trainer.optimizerState.map((all) => all.slice(-floats)) };
  return writeTrainingState(network, trainer, { run: sample.run });
}

describe('examples/densenet_state.py', () => {
  it('has the order of the images, the learning rates and the JSON of this library', async (context) => {
    context.skip(reason !== undefined, reason);
    const permutations = [
      [1, 0, 0],
      [2, 7, 1],
      [83, 4294967295, 3],
      [1000, 12, 40],
    ] as const;
    const schedules = (['constant', 'step', 'cosine'] as const).flatMap((schedule) =>
      [0, 0.5, 1.25].map((warmup) => ({ ...HYPERPARAMETERS, schedule, warmup, epochs: 4, learningRate: 0.3 })),
    );
    const steps = [0, 1, 4, 5, 12, 19, 20, 29, 30, 39];
    const rates = schedules.flatMap((given) => steps.map((step) => [hyperparametersToJson(given), 10, step] as const));
    const json = [
      0.1,
      1e-8,
      1.5e-7,
      0.00001,
      0.000123,
      1e21,
      123456789012345680000,
      -0.5,
      1,
      0,
      1e300,
      'é"\n',
      null,
      true,
      { a: [] },
    ];
    const answer = await python.ask('ported', JSON.stringify({ permutations, rates, json }));
    expect(answer).toMatchObject({
      permutations: permutations.map(([count, seed, epoch]) => [...permutation(count, seed, epoch)]),
      json: JSON.stringify(json),
    });
    const found = typeof answer === 'object' && answer !== null && 'rates' in answer ? answer.rates : [];
    const expected = schedules.flatMap((given) => steps.map((step) => scheduleOf(given, 10)(step)));
    expect(found).toEqual(expected.map((rate) => expect.closeTo(rate, 12)));
  });

  it.for(['plain-paper', 'bc-smoothing-clipped', 'imagenet-odd', 'deep-odd', 'norm-epsilon-large'])(
    'builds the network of %s',
    async (name, context) => {
      context.skip(reason !== undefined, reason);
      const path = new URL(`../golden/${name}.safetensors`, import.meta.url).pathname;
      const { config, state } = readGolden(new Uint8Array(readFileSync(path)), name);
      const pth = written(`${name}.pth`, writePth(buildNetwork(config), state));
      expect(await python.ask('example', path, pth, JSON.stringify(configToJson(config)))).toBeLessThan(1e-5);
    },
  );
});
