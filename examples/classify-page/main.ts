// Classifies images in the page: nothing is uploaded anywhere. Any DenseNet's safetensors file will do.
//   npm install densenet-webgpu vite && npx vite
import { Classifier, Device, decodeImage } from 'densenet-webgpu';

const weights = document.querySelector<HTMLInputElement>('#weights');
const images = document.querySelector<HTMLInputElement>('#images');
const status = document.querySelector('#status');
const results = document.querySelector('#results');
if (!weights || !images || !status || !results) throw new Error('index.html and main.ts do not fit');

let classifier: Classifier | undefined;
let device: Device | undefined;

weights.addEventListener('change', () =>
  attempt(async (file) => {
    device ??= await Device.open(navigator.gpu);
    classifier = await Classifier.load(device, new Uint8Array(await file.arrayBuffer()), {}, file.name);
    images.disabled = false;
    status.textContent = `Ready: ${file.name} on ${device.adapter.name}`;
  }, weights),
);

images.addEventListener('change', () =>
  attempt(async (file) => {
    const [[best] = []] = (await classifier?.predict([await decodeImage(file)], { topK: 1 })) ?? [];
    results.append(Object.assign(document.createElement('li'), { textContent: `${file.name}: ${best?.name}` }));
  }, images),
);

/** Runs an action for each file chosen; errors say what was wrong, with which value, and what to do. */
async function attempt(action: (file: File) => Promise<void>, { files }: HTMLInputElement): Promise<void> {
  try {
    for (const file of files ?? []) await action(file);
  } catch (error) {
    if (status) status.textContent = error instanceof Error ? error.message : String(error);
  }
}
