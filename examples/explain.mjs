// Where in an image does a class come from?  node explain.mjs WEIGHTS.safetensors IMAGE CLASS OUT.png
// Writes Grad-CAM's heat map in the size of the network's input; CLASS is a number counted from 0.
// npm install densenet-webgpu webgpu sharp
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { DenseNet, Device, Explanations, importWeights, prepareImage } from 'densenet-webgpu';
import sharp from 'sharp';
import { create, globals } from 'webgpu';

const [weights = '', image = '', label = '0', out = ''] = process.argv.slice(2);
const { config, state, preprocessing } = await importWeights(await readFile(weights), weights);
const { data, info } = await sharp(image)
  .toColourspace('srgb')
  .removeAlpha()
  .raw()
  .toBuffer({ resolveWithObject: true });
const pixels = prepareImage({ width: info.width, height: info.height, channels: 3, pixels: data }, preprocessing);

// Explanations take what the network computes with: float32, normalised.
const { mean, std } = preprocessing;
const plane = config.height * config.width;
const input = Float32Array.from(pixels, (pixel, i) => {
  const channel = Math.floor(i / plane);
  return (pixel / 255 - (mean[channel] ?? 0)) / (std[channel] ?? 1);
});

Object.assign(globalThis, globals);
const device = await Device.open(create([]));
const model = await DenseNet.create(device, config, { state });
const explanations = new Explanations(model);
const explanation = await explanations.explain(input, { method: 'grad-cam', label: Number(label) });
if (explanation) {
  const { values, height, width } = explanation.map; // [height][width], 0 or more: as small as the last block's output
  const largest = Math.max(...values);
  const grey = Uint8Array.from(values, (value) => Math.round((255 * value) / (largest || 1)));
  await sharp(grey, { raw: { width, height, channels: 1 } })
    .resize(config.width, config.height)
    .png()
    .toFile(out);
  console.log(`${out}: ${width}x${height} places, the largest adds ${largest.toPrecision(3)}`);
}
device.destroy();
