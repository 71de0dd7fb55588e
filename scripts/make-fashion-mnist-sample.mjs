// Makes data/fashion-mnist-sample from the whole Fashion-MNIST: the first 500 training and the first 100 test images of
// every class, in their original order, as four IDX files gzipped by `gzip -9 -n`. The same source gives the same bytes.
// Needs the program gzip, and the source as Debian's package dataset-fashion-mnist installs it.
//
//     node scripts/make-fashion-mnist-sample.mjs [SOURCE] [OUT]

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const CLASSES = 10;
const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;

const [source = '/usr/share/datasets/fashion-mnist', out = 'data/fashion-mnist-sample'] = process.argv.slice(2);

/** An IDX file with its header's count replaced; the other sizes stay. */
function idx(header, count, values) {
  const file = Buffer.concat([header, ...values]);
  file.writeUInt32BE(count, 4);
  return file;
}

function write(name, file) {
  const zipped = execFileSync('gzip', ['-9', '-n'], { input: file, maxBuffer: 1 << 28 });
  writeFileSync(join(out, name), zipped);
  console.log(`${createHash('sha256').update(zipped).digest('hex')}  ${name}  (${zipped.length} bytes)`);
}

function sample(part, perClass) {
  const [imagesName, labelsName] = [`${part}-images-idx3-ubyte.gz`, `${part}-labels-idx1-ubyte.gz`];
  const images = gunzipSync(readFileSync(join(source, imagesName)));
  const labels = gunzipSync(readFileSync(join(source, labelsName)));
  const bytes = images.readUInt32BE(8) * images.readUInt32BE(12);
  const taken = new Array(CLASSES).fill(0);
  const chosen = [];
  for (let i = 0; i < labels.length - LABELS_HEADER; i++) {
    if (taken[labels[LABELS_HEADER + i]]++ < perClass) chosen.push(i);
  }
  const cut = (file, header, size) => chosen.map((i) => file.subarray(header + i * size, header + (i + 1) * size));
  const pixels = cut(images, IMAGES_HEADER, bytes);
  write(imagesName, idx(images.subarray(0, IMAGES_HEADER), chosen.length, pixels));
  write(labelsName, idx(labels.subarray(0, LABELS_HEADER), chosen.length, cut(labels, LABELS_HEADER, 1)));
  return pixels;
}

/** Mean and standard deviation (over all of them, not n - 1) of the pixels as fractions of 255, from exact sums. */
function moments(pixels) {
  let [count, sum, squares] = [0, 0, 0];
  for (const image of pixels) {
    for (const value of image) {
      sum += value;
      squares += value * value;
    }
    count += image.length;
  }
  const mean = sum / count;
  return { mean: mean / 255, std: Math.sqrt(squares / count - mean * mean) / 255 };
}

mkdirSync(out, { recursive: true });
const training = sample('train', 500);
sample('t10k', 100);
const { mean, std } = moments(training);
console.log(`mean ${mean}, standard deviation ${std} of the training pixels over [0, 1]`);
