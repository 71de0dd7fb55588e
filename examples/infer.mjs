// Classifies images under Node.js:  node infer.mjs WEIGHTS.safetensors IMAGE...
// npm install densenet-webgpu webgpu sharp
import process from 'node:process';
import { loadClassifier, openDevice, readImage } from 'densenet-webgpu/node';

const [weights = '', ...images] = process.argv.slice(2);
const device = await openDevice();
// Any DenseNet's safetensors file: torchvision's, timm's, one trained here. Names, architecture and preprocessing are read from it.
const classifier = await loadClassifier(device, weights);

for (const image of images) {
  const [[best] = []] = await classifier.predict([await readImage(image)], { topK: 1 });
  console.log(`${image}: ${best?.name}`);
}
device.destroy(); // one that nobody destroys keeps Node.js alive
