// From images on disk to a checkpoint and back to what it sees, on the software GPU; and bad input, which leaves nothing.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { buildDensenet, densenet, densenetIn, lastObject } from '../densenet-process.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-train-'));
const [data, out] = [join(root, 'data'), join(root, 'out')];
const checkpoint = join(out, 'a.safetensors');
const SIZE = 8;

beforeAll(async () => {
  buildDensenet();
  mkdirSync(data);
  mkdirSync(out);
  // Bright images are trousers, dark ones are shirts: what any network learns at once.
  const bright = (i: number) => i % 2 === 0;
  for (const [part, count] of [
    ['train', 24],
    ['t10k', 6],
  ] as const) {
    const pixels = Array.from(
      { length: count * SIZE ** 2 },
      (_, at) => (bright(Math.floor(at / SIZE ** 2)) ? 200 : 30) + (at % 7),
    );
    writeFileSync(
      join(data, `${part}-images-idx3-ubyte`),
      Buffer.from([...[0, 0, 8, 3], ...[0, 0, 0, count], ...[0, 0, 0, SIZE, 0, 0, 0, SIZE], ...pixels]),
    );
    const labels = Array.from({ length: count }, (_, i) => (bright(i) ? 1 : 6));
    writeFileSync(join(data, `${part}-labels-idx1-ubyte`), Buffer.from([0, 0, 8, 1, 0, 0, 0, count, ...labels]));
  }
  const flat = { width: 20, height: 20, channels: 3, background: { r: 201, g: 202, b: 203 } } as const;
  await sharp({ create: flat }).png().toFile(join(root, 'bright.png'));
  writeFileSync(join(root, 'not-an-image.png'), 'PNG');
}, 60_000);
afterAll(() => rmSync(root, { recursive: true }));

const train = (...args: string[]) =>
  densenet('train', '--gpu', 'software', '--data', data, '--out', checkpoint, ...args);
const SMALL = ['--config', '{"growth":4,"blocks":[1],"bottleneck":0}'];

test('trains, keeps a checkpoint, and the checkpoint knows what it saw', { timeout: 240_000 }, async () => {
  const hyperparameters = [
    '--epochs',
    '4',
    '--batch',
    '4',
    '--optimizer',
    'sgd',
    '--no-mirror',
    '--shift',
    '0',
    '--accumulate',
    '2',
  ];
  const { code, out: printed, err } = await train(...SMALL, ...hyperparameters, '--json');
  expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/software WebGPU.*epoch 4\/4: loss/s) });
  const report = lastObject(printed);
  expect(report).toMatchObject({ updates: 12, interrupted: false, checkpoint, validation: 1 });
  expect(report.epochs).toHaveLength(4);
  expect(report.epochs[3].loss).toBeLessThan(report.epochs[0].loss);
  expect(readdirSync(out)).toEqual(['a.safetensors']);
  const { config, classNames } = readCheckpoint(readFileSync(checkpoint), 'a');
  expect(config).toMatchObject({ growthRate: 4, bottleneckWidth: 0, inputChannels: 1, height: SIZE, classes: 7 });
  expect(classNames).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  expect(err).toMatch(/7 classes, without names; no training images of class 0, 2/);
  expect(err).toMatch(/pixels: mean 0\.4\d+, std 0\.3\d+ \(measured on the training images\)/);

  const autotuned = join(root, 'tuned.safetensors');
  const fineTuning = ['--checkpoint', checkpoint, '--fine-tune', 'classifier', '--epochs', '1', '--batch', '4'];
  const again = await densenet('train', '--gpu', 'software', '--data', data, '--out', autotuned, ...fineTuning);
  expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/epoch 1\/1/) });
  expect(again.err).toMatch(/all weights of .*a\.safetensors are kept, including the classifier\n/);
  const [before, after] = [checkpoint, autotuned].map((file) => readCheckpoint(readFileSync(file), file).state);
  const changed = [...(before ?? [])].filter(([name, { values }]) => `${after?.get(name)?.values}` !== `${values}`);
  expect(changed.map(([name]) => name)).toEqual(['classifier.bias', 'classifier.weight']);

  const predicted = await densenet(
    'predict',
    '--gpu',
    'software',
    '--checkpoint',
    checkpoint,
    join(root, 'bright.png'),
    '--json',
  );
  expect(predicted.code).toBe(0);
  const [{ classes }] = JSON.parse(predicted.out);
  expect(classes).toHaveLength(5);
  expect(classes[0]).toMatchObject({ index: 1, name: '1' });
  expect(classes[0].probability).toBeGreaterThan(0.5);

  const bad = await densenet(
    'predict',
    '--checkpoint',
    checkpoint,
    join(root, 'bright.png'),
    join(root, 'not-an-image.png'),
  );
  expect(bad).toMatchObject({
    code: 1,
    out: expect.stringMatching(/bright\.png\n.*% {2}1\n.*not-an-image\.png: .* not an image that can be decoded/s),
    err: expect.stringMatching(/1 of 2 could not be classified/),
  });
});

test('a loss that is no number ends it with a sentence and without a checkpoint', { timeout: 240_000 }, async () => {
  rmSync(checkpoint, { force: true });
  const { code, err } = await train(...SMALL, '--batch', '4', '--optimizer', 'sgd', '--lr', '1e30');
  expect(code).toBe(1);
  expect(err).toMatch(/densenet: step \d+: .*lower the learning rate/);
  expect(err).toContain('nothing of this run was saved: it had no --state FILE');
  expect(readdirSync(out)).toEqual([]);
});

test('a run that cannot begin leaves no folder', { timeout: 60_000 }, async () => {
  const batch = ['--batch', '25', '--drop-last'];
  const { code, err } = await densenetIn(out, 'train', '--gpu', 'software', '--data', data, ...SMALL, ...batch);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/kept in runs.*leaves no batch of 22 images/s) });
  expect(readdirSync(out)).toEqual([]);
});

test.each([
  [['--data', join(root, 'nowhere')], /--data: .* is no file or folder/],
  [['--out', join(root, 'nowhere/a.safetensors')], /--out: .* no such folder/],
  [['--batch', '25', '--drop-last'], /batchSize: 25 leaves no batch of 22 images/],
  [['--epochs', '0'], /'--epochs <n>' argument '0' is invalid/],
  [['--lr', '0'], /'--lr <rate>' argument '0' is invalid/],
  [['--schedule', 'linear'], /'--schedule <name>' argument 'linear' is invalid/],
  [['--optimizer', 'adam'], /'--optimizer <name>' argument 'adam' is invalid/],
  [['--momentum', '0.5'], /--momentum: 0.5 is for --optimizer sgd/],
  [['--warmup', '9'], /--warmup: 9 must be below the 5 epochs/],
  [['--fine-tune', 'classifier'], /--fine-tune: "classifier" needs --checkpoint/],
  [
    ['--train-resize', '9', '--random-crop'],
    /--train-resize: "9x9" needs the size of the network's input too .*--size/,
  ],
  [['--train-resize', '9', '--size', '8'], /training images: "1x9x9" is larger than the network's 1x8x8: crop them/],
  [['--random-crop'], /--random-crop: true needs images that are larger .* these are 8x8: .*--train-resize/],
  [['--mean', '0.5,0.5'], /--mean: \[0.5,0.5\] must be 1 numbers, one per channel/],
  [['--config', '{"classes":10}'], /classes: 10 in --config, but the data set has 7/],
  [['--checkpoint', join(root, 'nowhere')], /file: .* no such file/],
  [
    ['--checkpoint', join(root, 'not-an-image.png')],
    /not-an-image\.png: at byte 0: is a text file; a safetensors file, PyTorch's \(\.pth\), Keras's \(\.h5, \.keras\), TensorFlow\.js's or an ONNX model is needed/,
  ],
  [['--checkpoint', 'a', '--model', 'bc-100-12'], /--checkpoint: "a" cannot be combined with --model bc-100-12/],
  [['--model', 'resnet'], /model: "resnet" is not one of/],
  [['--model', 'densenet121'], /height: 8 shrinks to nothing/],
  [['--config', '{"loss":"bce"}'], /loss: "binary-cross-entropy" is for several labels/],
  [['--config', '{"growth":-1}'], /growth: -1 must be/],
])('%j is bad input', { timeout: 60_000 }, async (args, words) => {
  rmSync(checkpoint, { force: true });
  const { code, out: printed, err } = await train(...args);
  expect({ code, printed, err }).toEqual({ code: 2, printed: '', err: expect.stringMatching(words) });
  expect(readdirSync(out)).toEqual([]);
});
