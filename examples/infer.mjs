// Classifies images under Node.js:  node infer.mjs WEIGHTS.safetensors IMAGE...
// npm install densenet-webgpu webgpu sharp
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { DenseNet, Device, Inference, importWeights, prepareImage } from 'densenet-webgpu';
import sharp from 'sharp';
import { create, globals } from 'webgpu';

const [weights = '', ...images] = process.argv.slice(2);
Object.assign(globalThis, globals); // GPUBufferUsage and the like, which browsers have by themselves

// Any DenseNet's safetensors file: torchvision's, timm's, one trained here. Names, architecture and preprocessing are read from it.
const { config, state, preprocessing, classNames } = importWeights(await readFile(weights), weights);
const device = await Device.open(create([]));
const model = await DenseNet.create(device, config, { state });
const inference = await Inference.create(model, { batch: 1, normalisation: preprocessing });

for (const image of images) {
  const { data, info } = await sharp(image)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const input = prepareImage({ width: info.width, height: info.height, channels: 3, pixels: data }, preprocessing);
  const logits = await inference.logits(input, 1); // [1][classes]
  const best = logits.indexOf(Math.max(...logits));
  console.log(`${image}: ${classNames?.[best] ?? `class ${best}`}`);
}
device.destroy();
