// Classifies images in the page: nothing is uploaded anywhere. Any DenseNet's safetensors file will do.
//   npm install densenet-webgpu vite && npx vite
import { DenseNet, Device, Inference, importWeights, prepareImage } from 'densenet-webgpu';

const weights = document.querySelector<HTMLInputElement>('#weights');
const images = document.querySelector<HTMLInputElement>('#images');
const status = document.querySelector('#status');
const results = document.querySelector('#results');
if (!weights || !images || !status || !results) throw new Error('index.html and main.ts do not fit');

let classify: ((image: ImageBitmap) => Promise<string>) | undefined;
let device: Device | undefined;

weights.addEventListener('change', () =>
  attempt(async (file) => {
    const { config, state, preprocessing, classNames } = importWeights(
      new Uint8Array(await file.arrayBuffer()),
      file.name,
    );
    device ??= await Device.open(navigator.gpu);
    const model = await DenseNet.create(device, config, { state });
    const inference = await Inference.create(model, { batch: 1, normalisation: preprocessing });
    classify = async (image) => {
      const logits = await inference.logits(prepareImage(pixelsOf(image), preprocessing), 1); // [1][classes]
      const best = logits.indexOf(Math.max(...logits));
      return classNames?.[best] ?? `class ${best}`;
    };
    images.disabled = false;
    status.textContent = `Ready: ${file.name} on ${device.adapter.name}`;
  }, weights),
);

images.addEventListener('change', () =>
  attempt(async (file) => {
    const name = await classify?.(await createImageBitmap(file));
    results.append(Object.assign(document.createElement('li'), { textContent: `${file.name}: ${name}` }));
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

function pixelsOf(image: ImageBitmap) {
  const { width, height } = image;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('this browser has no 2D canvas');
  context.drawImage(image, 0, 0);
  return { width, height, channels: 4, pixels: context.getImageData(0, 0, width, height).data } as const;
}
