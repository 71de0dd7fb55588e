// What a user's page does, on the smallest network: train, classify, say what came out.
import { constant, DenseNet, Device, Inference, SGD, Trainer } from 'densenet-webgpu';

/** @type {import('densenet-webgpu').DenseNetConfig} */
const config = {
  stem: 'cifar',
  growthRate: 4,
  blockLayers: [1, 1],
  initialChannels: 8,
  bottleneckWidth: 2,
  compression: 0.5,
  dropout: 0,
  classes: 3,
  inputChannels: 1,
  height: 8,
  width: 8,
};

const device = await Device.open(navigator.gpu);
const model = await DenseNet.create(device, config, { seed: 1 });
const trainer = await Trainer.create(model, { batch: 2, optimizer: SGD, schedule: constant(0.1) });
const images = Float32Array.from({ length: 2 * 64 }, (_, i) => Math.sin(i));
const losses = [];
for (let step = 0; step < 40; step++) {
  const { loss } = await trainer.step({ images, labels: new Int32Array([0, 2]) });
  losses.push(loss);
}
const inference = await Inference.create(model, { batch: 2 });
const logits = await inference.logits(images, 2);
const classes = [0, 1].map((image) => {
  const row = [...logits.subarray(image * 3, image * 3 + 3)];
  return row.indexOf(Math.max(...row));
});
const output = document.querySelector('output');
if (output) output.textContent = JSON.stringify({ losses, logits: [...logits], classes });
