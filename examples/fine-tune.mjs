// Fine-tuning under Node.js: keeps a network's features and trains a new classifier for your own classes.
//   node fine-tune.mjs WEIGHTS.safetensors FOLDER OUT.safetensors        FOLDER holds a folder of images for each class
// npm install densenet-webgpu webgpu sharp
import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { Classifier, importWeights } from 'densenet-webgpu';
import { openDataset, openDevice } from 'densenet-webgpu/node';

const [weights = '', folder = '', out = ''] = process.argv.slice(2);
const bytes = await readFile(weights);
// Images as the network takes them: its size, channels, resizing, mean and std.
const { preprocessing } = await importWeights(bytes, weights, { newClassifier: { classes: 1 } });
const images = await openDataset(folder, { preprocessing }); // valSplit: 0.2 leaves a fifth for validation

const device = await openDevice();
const options = {
  ignore: ['classifier'], // the old one; the name is the file's own
  newClassifier: { classes: images.classNames.length, seed: 1 },
};
const classifier = await Classifier.load(device, bytes, options, weights);
await classifier.fit(images, {
  trainable: 'classifier', // 'last-block', 'from-block-3' or 'all' train more
  epochs: 20,
  batch: Math.min(8, images.train.count),
  learningRate: 0.01,
  onEvent: (event) => {
    if (event.kind === 'epoch') console.log(`epoch ${event.epoch + 1}: loss ${event.loss.toFixed(3)}`);
  },
});
// With class names and preprocessing, for infer.mjs, `densenet predict` and PyTorch (torchvision's names).
await writeFile(out, await classifier.save());
images.close();
device.destroy();
