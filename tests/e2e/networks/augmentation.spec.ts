// Augmentations of images that nobody has seen before, compared with torchvision's own functions, given the parameters that were
// drawn here.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../cli/host/package-root.ts';
import type { AugmenterOptions } from '../../../src/densenet/augment/augmenter.ts';
import type { Stage } from '../../../src/densenet/augment/parameters.ts';
import { Random } from '../../../src/shaders/random-inputs.ts';
import { expect, seed, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

const PYTHON = '/usr/bin/python3';

/** Why nothing can be compared here; undefined where it can. */
function missing(): string | undefined {
  if (!existsSync(PYTHON)) return `augmentations are compared with torchvision by ${PYTHON}, which does not exist`;
  try {
    execFileSync(PYTHON, ['-c', 'import numpy, torch, torchvision'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return `augmentations are compared with torchvision (Debian: python3-torchvision) of ${PYTHON}`;
  }
}

interface Case {
  readonly options: AugmenterOptions;
  /** Of the images, where it is not the network's. */
  readonly source?: readonly [height: number, width: number];
  /** Nothing is computed: every value is torchvision's. */
  readonly isExact?: boolean;
}

const CASES: Readonly<Record<string, Case>> = {
  'mirror, flip and shift': { options: { mirror: true, verticalFlip: true, shift: 4 } },
  'random crop': { options: { randomCrop: true }, source: [37, 61], isExact: true },
  'random crop and all that moves pixels': {
    options: { randomCrop: true, mirror: true, verticalFlip: true, shift: 3, erasing: 0.5 },
    source: [34, 40],
    isExact: true,
  },
  'random crop and TrivialAugment': {
    options: { randomCrop: true, trivialAugment: true, mirror: true },
    source: [41, 53],
  },
  'random resized crop': { options: { randomResizedCrop: [0.08, 1] } },
  'random resized crop of larger images': { options: { randomResizedCrop: [0.3, 1], mirror: true }, source: [41, 53] },
  'larger images, centred': { options: {}, source: [37, 50] },
  rotation: { options: { rotation: 180 } },
  affine: { options: { rotation: 30, translate: 0.25, scale: [0.5, 1.5], shear: 20 } },
  brightness: { options: { colorJitter: [0.8, 0, 0, 0] } },
  contrast: { options: { colorJitter: [0, 0.8, 0, 0] } },
  saturation: { options: { colorJitter: [0, 0, 1.5, 0] } },
  hue: { options: { colorJitter: [0, 0, 0, 0.5] } },
  'colour jitter': { options: { colorJitter: [0.4, 0.4, 0.4, 0.5] } },
  erasing: { options: { erasing: 0.7 } },
  RandAugment: { options: { randAugment: [1, 17] } },
  'RandAugment, three operations': { options: { randAugment: [3, 30] } },
  TrivialAugment: { options: { trivialAugment: true } },
  mixup: { options: { mixup: 0.4, mirror: true } },
  cutmix: { options: { cutmix: 1, shift: 2 } },
  strong: { options: { preset: 'strong', mixup: 0 } },
  everything: {
    options: {
      preset: 'strong',
      mixup: 0,
      randomResizedCrop: [0.08, 1],
      rotation: 20,
      colorJitter: [0.4, 0.4, 0.4, 0.1],
      verticalFlip: true,
    },
    source: [37, 50],
  },
};

/**
 * Of one channel torch resizes by another kernel than of three, whose sums are ours to the bit: a grey level here and there, which
 * later operations may enlarge.
 */
const ONLY_COLOUR = ['everything'];

const COUNT = 48;
/** Float32's rounding of a mixture, beside whole grey levels. */
const MIXTURE = 0.001;

/**
 * By how much one stage may enlarge a difference of one grey level in its input: of a blend with a grey, a mean or a blurred image, the
 * sum of the two weights. Infinity: it jumps, or stretches by what the image holds.
 */
function gainOf(stage: Stage): number {
  if (stage.kind === 'brightness') return Math.max(1, stage.factor);
  if (stage.kind === 'contrast' || stage.kind === 'saturation' || stage.kind === 'sharpness')
    return Math.max(1, Math.abs(stage.factor) + Math.abs(1 - stage.factor));
  return ['affine', 'resize', 'identity'].includes(stage.kind) ? 1 : Number.POSITIVE_INFINITY;
}

/** Of an image: each stage may round one grey level to the other side, which the stages after it enlarge, each rounding once more. */
const toleranceOf = (stages: readonly Stage[]): number =>
  MIXTURE +
  Math.max(
    1,
    stages.reduce((sum, stage, i) => (i === 0 ? 1 : Math.ceil(sum * gainOf(stage)) + 1), 0),
  );

/** The share of an image's values that a jump may enlarge, where it meets a value that was rounded to the other side ahead of it. */
const ENLARGED = 0.02;
/** Images of a case in which such a value was the darkest or the lightest, so that a stretch enlarges more of them. */
const STRETCHED = 2;

for (const channels of [3, 1]) {
  test(
    `augmentations are torchvision's, ${channels} channels`,
    onlyOn('node', 'chromium'),
    async ({ session }, info) => {
      const reason = missing();
      test.skip(reason !== undefined, reason);
      const random = new Random(seed() + channels);
      const results = [];
      for (const [name, { options, source }] of Object.entries(CASES)) {
        if (channels === 1 && ONLY_COLOUR.includes(name)) continue;
        const [height, width] = [random.integer(13, 33), random.integer(13, 33)];
        const [sourceHeight, sourceWidth] = source ?? [height, width];
        const images = pictures(random, COUNT * channels, sourceHeight, sourceWidth);
        const { drawn, images: own } = await session.run('augmentation', {
          options: source ? { ...options, source: { height: sourceHeight, width: sourceWidth } } : options,
          size: { inputChannels: channels, height, width },
          count: COUNT,
          seed: random.word(),
          images,
        });
        const file = info.outputPath(name);
        const given = { channels, height, width, source: [sourceHeight, sourceWidth], drawn };
        writeFileSync(`${file}.json`, JSON.stringify(given));
        writeFileSync(`${file}.bytes`, images);
        results.push({ name, file, own, drawn, area: channels * height * width });
      }
      execFileSync(PYTHON, [join(packageRoot, 'tests/torchvision/augment.py'), ...results.map(({ file }) => file)]);
      for (const { name, file, own, drawn, area } of results) {
        const theirs = new Float32Array(Uint8Array.from(readFileSync(`${file}.out`)).buffer);
        expect(theirs.length, name).toBe(own.length);
        const off = own.map((value, i) => Math.abs(value - (theirs[i] ?? Number.NaN)));
        const inexact = off.reduce((count, value) => count + Number(!(value < 0.01)), 0);
        info.annotations.push({ type: name, description: `${inexact} of ${own.length} values differ` });
        if (CASES[name]?.isExact) expect(inexact, name).toBe(0);
        let stretched = 0;
        for (const [image, { stages, mixture }] of drawn.entries()) {
          const values = off.slice(image * area, (image + 1) * area);
          const allowed = Math.max(toleranceOf(stages), toleranceOf(drawn[mixture.partner]?.stages ?? []));
          expect(Math.max(...values), `${name}: ${JSON.stringify(drawn[image])}`).toBeLessThan(allowed);
          const enlarged = values.filter((value) => !(value < 1 + MIXTURE)).length;
          if (!Number.isFinite(allowed) && enlarged > ENLARGED * area) stretched++;
        }
        expect(stretched, `${name}: images with values that are off by more than a grey level`).toBeLessThanOrEqual(
          STRETCHED,
        );
      }
    },
  );
}

test('an augmenter that mirrors and shifts changes no bit, and mixed images have mixed losses', async ({ session }) => {
  const { differ, losses } = await session.run('augmented-training', null);
  expect(differ).toEqual([]);
  // Of float32 logits below 8 in size the loss has fewer than 16 roundings, each of at most 2^-24 of its terms.
  for (const [name, { loss, expected }] of Object.entries(losses))
    expect(Math.abs(loss - expected), name).toBeLessThan(16 * 2 ** -24 * 8);
});

/** Smooth pictures with edges and noise: of noise alone, hardly any augmentation would be told from another. */
function pictures(random: Random, planes: number, height: number, width: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(planes * height * width);
  for (let plane = 0; plane < planes; plane++) {
    const [a, b, edge, noise] = [
      random.value() * 4,
      random.value() * 4,
      random.integer(0, width),
      random.integer(0, 40),
    ];
    for (let i = 0; i < height * width; i++) {
      const [y, x] = [Math.floor(i / width), i % width];
      const value =
        128 + a * (y - height / 2) + b * (x - width / 2) + (x > edge ? 60 : 0) + random.integer(-noise, noise);
      out[plane * height * width + i] = Math.min(255, Math.max(0, value));
    }
  }
  return out;
}
