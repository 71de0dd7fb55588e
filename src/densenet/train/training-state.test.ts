import { describe, expect, test } from 'vitest';
import { bitsOf, sampleRun } from '../../../tests/fixtures/sample-run.ts';
import { readSafetensors, writeSafetensors } from '../../data/safetensors.ts';
import { float32Tensor, type Tensor } from '../../data/tensor.ts';
import { DataError, StateError } from '../../runtime/errors.ts';
import { randomAt } from '../../runtime/random.ts';
import { PRESETS } from '../presets.ts';
import { toStateDict } from '../state-dict.ts';
import { importSafetensors } from '../weights/import-weights.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { SGD } from './optimizers.ts';
import { type RunMetadata, stepOf } from './run-metadata.ts';
import { networkOf, readTrainingState, writeTrainingState } from './training-state.ts';

const SMALL = {
  ...PRESETS['bc-100-12'],
  growthRate: 3,
  blockLayers: [2, 1],
  initialChannels: 5,
  classes: 2,
  inputChannels: 1,
  height: 9,
  width: 12,
};
const classNames = ['cat', 'Katze 猫'];
const made = { sgd: sampleRun(SMALL, 'sgd'), adamw: sampleRun(SMALL, 'adamw') };
const write = ({ network, run, trainer }: (typeof made)['sgd']) =>
  writeTrainingState(network, trainer, { run, classNames, normalisation: run.hyperparameters.normalisation });
const whole = { sgd: write(made.sgd), adamw: write(made.adamw) };

/** The same file with changes of its tensors and of the run's JSON. */
function rewritten(change: (tensors: Map<string, Tensor>) => void, run: (json: Run) => unknown = (json) => json) {
  const { tensors, metadata } = readSafetensors(whole.adamw, 'whole');
  const changed = new Map(tensors);
  change(changed);
  const text = JSON.stringify(run(JSON.parse(metadata.training_run ?? '')));
  return writeSafetensors(changed, { ...metadata, training_run: text });
}
type Run = RunMetadata;
const same = () => {};
const read = (bytes: Uint8Array) => readTrainingState(bytes, 'run.safetensors');

describe.each(['sgd', 'adamw'] as const)('the state of a run, %s', (kind) => {
  const { network, run, trainer } = made[kind];
  const found = read(whole[kind]);

  test('comes back bit for bit', () => {
    expect(found.run).toEqual(run);
    expect(found).toMatchObject({ classNames, config: SMALL, normalisation: run.hyperparameters.normalisation });
    expect(found.trainer.steps).toBe(stepOf(run));
    for (const arena of ['parameters', 'running'] as const) {
      expect(new Uint32Array(found.trainer[arena].buffer)).toEqual(new Uint32Array(trainer[arena].buffer));
    }
    expect(found.trainer.optimizerState).toHaveLength(kind === 'sgd' ? 1 : 2);
    for (const [i, arena] of trainer.optimizerState.entries()) {
      const again = bitsOf({ network, arena: found.trainer.optimizerState[i] ?? new Float32Array() });
      expect(again).toEqual(bitsOf({ network, arena }));
    }
  });

  test('gives the network alone, which has nothing of the optimizer', () => {
    const plain = networkOf(whole[kind], 'run');
    expect(readCheckpoint(plain, 'plain').state).toEqual(readCheckpoint(whole[kind], 'run').state);
    const { tensors, metadata } = readSafetensors(plain, 'plain');
    expect([...tensors.keys()].filter((name) => name.startsWith('optimizer.'))).toEqual([]);
    expect(metadata.training_run).toBeUndefined();
    expect(metadata.class_names).toBe(JSON.stringify(classNames));
    expect(networkOf(plain, 'plain')).toBe(plain);
  });

  test('is a checkpoint, for us and under the names that PyTorch knows', () => {
    const { state } = readCheckpoint(whole[kind], 'run');
    expect(state).toEqual(readCheckpoint(writeCheckpoint(network, toStateDict(network, trainer)), 'plain').state);
    expect(importSafetensors(whole[kind], 'run').report).toMatchObject({ scheme: 'torchvision', unused: [] });
    const { tensors } = readSafetensors(whole[kind], 'run');
    const names = kind === 'sgd' ? ['momentum_buffer'] : ['exp_avg', 'exp_avg_sq'];
    const about = [...tensors.keys()].filter((name) => name.startsWith('optimizer.classifier.weight.'));
    expect(about.toSorted()).toEqual(names.map((tensor) => `optimizer.classifier.weight.${tensor}`));
    expect(tensors.get(`optimizer.classifier.weight.${names[0]}`)?.shape).toEqual([
      2,
      network.classifier.weight.shape[1],
    ]);
    expect(tensors.get('optimizer.step')).toMatchObject({ dtype: 'I64', shape: [] });
  });
});

test.each(['training state', 'checkpoint'] as const)('one flipped bit of a %s is an error, wherever it is', (what) => {
  const { network, trainer } = made.sgd;
  const bytes = what === 'checkpoint' ? writeCheckpoint(network, toStateDict(network, trainer)) : whole.adamw;
  const open = (file: Uint8Array) => (what === 'checkpoint' ? readCheckpoint(file, 'f') : readTrainingState(file, 'f'));
  const header = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const wrong: string[] = [];
  const flip = (at: number, bit: number) => {
    const flipped = bytes.slice();
    flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
    try {
      open(flipped);
      wrong.push(`byte ${at}, bit ${bit}: read`);
    } catch (error) {
      if (!(error instanceof DataError)) wrong.push(`byte ${at}, bit ${bit}: ${error}`);
    }
  };
  // All of the metadata that tell that there is a digest, then anywhere: header and numbers in turn.
  const start = new TextDecoder().decode(bytes.subarray(0, header)).indexOf('"file_sha256"');
  for (let at = start; at < start + 200; at++) flip(at, at % 8);
  for (let i = 0; i < 400; i++) {
    const at = randomAt(9, i, 0) % (i % 2 ? header : bytes.length);
    flip(at, randomAt(9, i, 1) % 8);
  }
  expect(wrong).toEqual([]);
  expect(open(bytes)).toBeTruthy();
});

test('a file without its SHA-256 is read, and said to be unchecked', () => {
  const { tensors, metadata } = readSafetensors(whole.sgd, 'whole');
  const { file_sha256: _, file_sha256_rule: __, ...older } = metadata;
  expect(read(writeSafetensors(tensors, older)).checked).toBe(false);
  expect(read(whole.sgd).checked).toBe(true);
});

test('what readers refuse is not written', () => {
  const { network, run, trainer } = made.sgd;
  const first = run.epochs[0];
  const endless = { ...run, epochs: first ? [{ ...first, validationLoss: Number.POSITIVE_INFINITY }, first] : [] };
  expect(() => writeTrainingState(network, trainer, { run: endless })).toThrow(/validationLoss/);
  const variance = trainer.running.map(() => -1);
  expect(() => writeTrainingState(network, { ...trainer, running: variance }, { run })).toThrow(/negative variance/);
  const state = toStateDict(network, trainer);
  const [bias] = [state.get('classifier.bias')];
  const with_ = (name: string, values: number[] | undefined, shape = bias?.shape ?? []) =>
    new Map([...state, ...(values ? [[name, { shape, values: Float32Array.from(values) }] as const] : [])]);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => writeCheckpoint(network, with_('classifier.bias', [0, value]))).toThrow(
      /^classifier.bias: holds values/,
    );
  }
  expect(() => writeCheckpoint(network, with_('classifier.bias', [0, 1, 2], [3]))).toThrow(/has shape \[3\]/);
  expect(() => writeCheckpoint(network, with_('head', [0, 1]))).toThrow(/head: is not part/);
  const less = new Map([...state].slice(1));
  expect(() => writeCheckpoint(network, less)).toThrow(/is missing/);
  expect(() => writeCheckpoint(network, state, { classNames: ['one'] })).toThrow(/must list 2 names/);
  expect(() => writeCheckpoint(network, state, { classNames: ['a', '\u001b[2J'] })).toThrow(/printable/);
  expect(() => writeCheckpoint(network, state, { normalisation: { mean: [Number.NaN], std: [1] } })).toThrow();
});

test('a state that is not the run’s, or not finite, is not written', () => {
  const { network, run, trainer } = made.sgd;
  expect(() => writeTrainingState(network, { ...trainer, steps: 11 }, { run })).toThrow(/steps: 11 are not/);
  const broken = trainer.optimizerState.map((arena) => arena.with(0, Number.NaN));
  expect(() => writeTrainingState(network, { ...trainer, optimizerState: broken }, { run })).toThrow(StateError);
  expect(() => writeTrainingState(network, { ...trainer, optimizerState: broken }, { run })).toThrow(
    /^optimizer\.features\.conv0\.weight\.momentum_buffer: holds values that are not finite/,
  );
  const { offset } = network.classifier.weight;
  const parameters = trainer.parameters.with(offset + 1, Number.NEGATIVE_INFINITY);
  expect(() => writeTrainingState(network, { ...trainer, parameters }, { run })).toThrow(/^classifier\.weight: holds/);
  const [norm] = network.norms;
  const running = trainer.running.with(norm?.runningOffset ?? 0, Number.NaN);
  expect(() => writeTrainingState(network, { ...trainer, running }, { run })).toThrow(/running_mean: holds/);
  expect(() => writeTrainingState(network, { ...trainer, optimizerState: [] }, { run })).toThrow(
    /has 0 tensors per parameter, sgd has 1/,
  );
});

const floats = (shape: number[], value = 0) =>
  float32Tensor(shape, new Float32Array(shape.reduce((n, s) => n * s, 1)).fill(value));
const moment = 'optimizer.classifier.bias.exp_avg_sq';
test.each([
  [
    'is a network alone',
    writeCheckpoint(made.sgd.network, toStateDict(made.sgd.network, made.sgd.trainer)),
    /not the state/,
  ],
  ['is cut', whole.adamw.subarray(0, whole.adamw.length - 9), /truncated/],
  ['lacks a moment', rewritten((t) => t.delete(moment)), /exp_avg_sq: is missing/],
  ['lacks a weight', rewritten((t) => t.delete('classifier.bias')), /classifier.bias: is missing/],
  [
    'has a moment of another shape',
    rewritten((t) => t.set(moment, floats([3]))),
    /is F32 \[3\], the run needs F32 \[2\]/,
  ],
  ['has a moment that is NaN', rewritten((t) => t.set(moment, floats([2], Number.NaN))), /exp_avg_sq: holds values/],
  ['has a negative mean of squares', rewritten((t) => t.set(moment, floats([2], -1))), /negative mean of squares/],
  ['has a moment too many', rewritten((t) => t.set('optimizer.head.exp_avg', floats([1]))), /is not part of adamw/],
  ['has no step', rewritten((t) => t.delete('optimizer.step')), /optimizer.step: is missing/],
  [
    'is of another optimizer',
    rewritten(same, (r: Run) => ({ ...r, hyperparameters: { ...r.hyperparameters, optimizer: SGD } })),
    /is not part of sgd/,
  ],
  [
    'stands elsewhere',
    rewritten(same, (r: Run) => ({ ...r, runningMetrics: { ...r.runningMetrics, updates: 3 } })),
    /is 12, and the run stands at 13/,
  ],
  ['is of a version to come', rewritten(same, (r: Run) => ({ ...r, version: 3 })), /version: 3 is not 2/],
  ['has a field that is not known', rewritten(same, (r: Run) => ({ ...r, more: 1 })), /more: 1 is not a key/],
  ['lacks a field', rewritten(same, ({ runningMetrics: _, ...r }: Run) => r), /runningMetrics: undefined is missing/],
  [
    'is of another network',
    rewritten(same, (r: Run) => ({
      ...r,
      hyperparameters: { ...r.hyperparameters, config: { ...SMALL, dropout: 0.5 } },
    })),
    /not the file's/,
  ],
  [
    'counts other updates',
    rewritten(same, (r: Run) => ({ ...r, updatesPerEpoch: 6 })),
    /is not the 5 that the images give/,
  ],
  [
    'has too many epochs',
    rewritten(same, (r: Run) => ({ ...r, epochs: [...r.epochs, ...r.epochs] })),
    /more than the 3/,
  ],
  [
    'has no hash',
    rewritten(same, (r: Run) => ({ ...r, data: { ...r.data, validation: { ...r.data.validation, labels: 'x' } } })),
    /data\.validation\.labels: "x" is not a SHA-256/,
  ],
  [
    'has other images',
    rewritten(same, (r: Run) => ({ ...r, data: { ...r.data, training: { ...r.data.training, width: 9 } } })),
    /training images: "1x9x9" is not the network's 1x9x12/,
  ],
  [
    'has damaged tiles',
    rewritten(same, (r: Run) => ({ ...r, tiles: { version: 2, key: 'k', classes: [1] } })),
    /damaged at class 0/,
  ],
  [
    'has an impossible rate',
    rewritten(same, (r: Run) => ({ ...r, hyperparameters: { ...r.hyperparameters, learningRate: -1 } })),
    /learningRate: -1/,
  ],
])('a file that %s is an error that names it', (_, bytes, words) => {
  expect(() => read(bytes)).toThrow(words);
  expect(() => read(bytes)).toThrow(DataError);
  expect(() => read(bytes)).toThrow(/^run\.safetensors: at byte \d+: /);
});

test('a damaged file is read or refused, and nothing else happens', () => {
  let refused = 0;
  for (let kernelCheck = 0; kernelCheck < 300; kernelCheck++) {
    const bytes = whole.adamw.slice();
    for (let flip = 0; flip <= kernelCheck % 4; flip++) {
      // Numbers among the tensors only become other numbers: most damage is done to the header.
      const at = randomAt(5, kernelCheck, 2 * flip) % (kernelCheck % 4 ? 9000 : bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (randomAt(5, kernelCheck, 2 * flip + 1) % 8));
    }
    try {
      read(kernelCheck % 5 === 0 ? bytes.subarray(0, randomAt(6, kernelCheck, 0) % bytes.length) : bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(150);
});

describe('averaged weights', () => {
  const { network, run, trainer } = sampleRun(SMALL, 'sgd', { average: { decay: 0.9, decayWarmup: true } });
  const average = { parameters: trainer.parameters.map((x) => x / 2), running: trainer.running.map((x) => x / 4) };
  const bytes = writeTrainingState(network, { ...trainer, average }, { run });

  test('come back bit for bit, and are no part of the network', () => {
    const found = read(bytes);
    for (const arena of ['parameters', 'running'] as const) {
      const bits = toStateDict(network, { ...trainer, [arena]: found.trainer.average?.[arena] ?? new Float32Array() });
      expect(bits).toEqual(toStateDict(network, { ...trainer, [arena]: average[arena] }));
    }
    expect([...readCheckpoint(bytes, 'run').state.keys()].filter((name) => name.startsWith('ema.'))).toEqual([]);
    expect(
      [...readSafetensors(networkOf(bytes, 'run'), 'plain').tensors.keys()].some((name) => /^ema/.test(name)),
    ).toBe(false);
    expect(importSafetensors(bytes, 'run').report.unused).toEqual([]);
  });

  test('that are missing, too many or not finite are errors that name them', () => {
    expect(() => writeTrainingState(network, trainer, { run })).toThrow(/averaged weights: are missing/);
    const { run: without } = made.sgd;
    expect(() => writeTrainingState(network, { ...trainer, average }, { run: without })).toThrow(
      /averaged weights: are there/,
    );
    const nan = { ...average, running: average.running.map((x, i) => (i === 0 ? Number.NaN : x)) };
    expect(() => writeTrainingState(network, { ...trainer, average: nan }, { run })).toThrow(
      /^ema\..*running_mean: .*not finite/,
    );
    const { tensors, metadata } = readSafetensors(bytes, 'whole');
    const rest = new Map([...tensors].filter(([name]) => name !== 'ema.classifier.bias'));
    const { file_sha256: _, file_sha256_rule: __, ...older } = metadata;
    expect(() => read(writeSafetensors(rest, older))).toThrow(/ema\.classifier\.bias: is missing/);
    const stray = new Map([...tensors, ['ema.stray', float32Tensor([1], Float32Array.of(1))]]);
    expect(() => read(writeSafetensors(stray, older))).toThrow(/ema\.stray: is no average/);
  });
});
