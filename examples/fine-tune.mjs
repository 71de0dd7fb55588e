// Fine-tuning under Node.js: keeps a network's features and trains a new classifier for your own classes.
//   node fine-tune.mjs WEIGHTS.safetensors FOLDER OUT.safetensors        FOLDER holds a folder of images for each class
// npm install densenet-webgpu webgpu sharp
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import {
  ADAMW,
  cosine,
  DenseNet,
  Device,
  float32Tensor,
  importWeights,
  prepareImage,
  Trainer,
  writeSafetensors,
} from 'densenet-webgpu';
import sharp from 'sharp';
import { create, globals } from 'webgpu';

const [weights = '', folder = '', out = ''] = process.argv.slice(2);
const BATCH = 8;
const STEPS = 40;

const classNames = (await readdir(folder)).sort();
const { config, state, preprocessing } = importWeights(await readFile(weights), weights, {
  ignore: ['classifier'], // the old one; the name is the file's own
  newClassifier: { classes: classNames.length, seed: 1 },
});

/** @type {{ pixels: Uint8Array<ArrayBuffer>, label: number }[]} */
const examples = [];
for (const [label, name] of classNames.entries()) {
  for (const file of await readdir(join(folder, name))) {
    const decoded = sharp(join(folder, name, file))
      .toColourspace('srgb')
      .removeAlpha();
    const { data, info } = await decoded.raw().toBuffer({ resolveWithObject: true });
    examples.push({
      pixels: prepareImage({ width: info.width, height: info.height, channels: 3, pixels: data }, preprocessing),
      label,
    });
  }
}

Object.assign(globalThis, globals);
const device = await Device.open(create([]));
const model = await DenseNet.create(device, config, { state });
const trainer = await Trainer.create(model, {
  batch: BATCH,
  optimizer: ADAMW,
  schedule: cosine(0.01, STEPS),
  trainable: 'classifier', // 'last-block', 'from-block-3' or 'all' train more
  normalisation: preprocessing, // images are bytes, normalised on the GPU
});
const values = config.inputChannels * config.height * config.width;
for (let step = 0; step < STEPS; step++) {
  const images = new Uint8Array(BATCH * values); // [N][C][H][W]
  const labels = new Int32Array(BATCH);
  for (let i = 0; i < BATCH; i++) {
    const example = examples[Math.floor(Math.random() * examples.length)];
    if (!example) throw new Error(`${folder} holds no images`);
    images.set(example.pixels, i * values);
    labels[i] = example.label;
  }
  const { loss, correct } = await trainer.step({ images, labels });
  if (step % 10 === 9) console.log(`step ${step + 1}: loss ${loss.toFixed(3)}, ${correct} of ${BATCH} right`);
}

// torchvision's names, so PyTorch reads the file too; what infer.mjs needs besides lies in the metadata.
const tensors = new Map(
  [...(await model.stateDict())].map(([name, { shape, values }]) => [name, float32Tensor(shape, values)]),
);
const { mean, std } = preprocessing;
const metadata = { config, class_names: classNames, normalisation: { mean, std } };
const texts = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, JSON.stringify(value)]));
await writeFile(out, writeSafetensors(tensors, texts));
device.destroy();
