// `densenet-webgpu/node` as a program meets it: one call each for GPU, data set, classifier; objects of the core's classes, and a
// process that ends by itself.
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../cli/host/package-root.ts';
import { expect, test } from '../e2e/pages/page-test.ts';
import { buildLibrary, classFolders, run, scratch, weights } from './run-program.ts';

test.beforeAll(buildLibrary);

const PROGRAM = `
import process from 'node:process';
import { Classifier, ConfigError, Device } from 'densenet-webgpu';
import { describeDataset, loadClassifier, openDataset, openDevice, readImage } from 'densenet-webgpu/node';

let workers = 0;
process.on('worker', () => workers++);
const refused = await openDataset('nowhere').catch((error) => error);
const { train, validation, classNames, ...set } = await openDataset('photos', { cacheDir: false, valSplit: 0.5, threads: 2 });
const report = await describeDataset({ train, validation, classNames, ...set });
const device = await openDevice();
const classifier = await loadClassifier(device, 'model.safetensors');
const predicted = await classifier.predict([await readImage('photos/Trouser/1.png')], { topK: 1 });
const missing = await loadClassifier(device, 'nothing.safetensors').catch((error) => error);
const classes = [device instanceof Device, classifier instanceof Classifier, refused instanceof ConfigError, missing instanceof ConfigError];
console.log(JSON.stringify({ classes, workers, names: classNames, counts: [train.count, validation.count], images: report.images, predicted: predicted[0][0].name }));
set.close();
device.destroy();
`;

test('opens a GPU, a data set and a classifier, and the process ends once the device is destroyed', async () => {
  const cwd = mkdtempSync(join(scratch, 'node-entry-'));
  copyFileSync(weights, join(cwd, 'model.safetensors'));
  await classFolders(join(cwd, 'photos'), ['Bag', 'Trouser'], 2);
  writeFileSync(join(cwd, 'program.mjs'), PROGRAM);
  expect(JSON.parse(await run(cwd, 'program.mjs'))).toEqual({
    classes: [true, true, true, true],
    // dist/decode-worker.js was found beside dist/node.js.
    workers: 2,
    names: ['Bag', 'Trouser'],
    counts: [2, 2],
    images: { train: 2, validation: 2 },
    predicted: 'Trouser',
  });
});

test('without the npm package webgpu, the error says how to install it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'densenet-no-webgpu-'));
  for (const file of ['index.js', 'node.js']) copyFileSync(join(packageRoot, 'dist', file), join(folder, file));
  const program = `import { openDevice } from './node.js'; await openDevice().catch((e) => console.log(e.name + ': ' + e.message));`;
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'program.js'), program);
  expect(await run(folder, 'program.js')).toBe(
    'NoGpuError: WebGPU under Node.js is the npm package webgpu, which is not installed (npm install webgpu)\n',
  );
});
