// An explanation golden (tests/golden/make_explanations.py) held against what the GPU computes: every tensor of it, by the
// public methods, in plans of a batch that the samples do not fill evenly.

import { readSafetensors } from '../../src/data/safetensors.ts';
import { toFloat32, toInt32 } from '../../src/data/tensor.ts';
import { parseGoldenConfig } from '../../src/densenet/config-json.ts';
import { classActivationMap, readHead } from '../../src/densenet/explain/cam.ts';
import { Explainer, oneHot } from '../../src/densenet/explain/explainer.ts';
import { gradCam } from '../../src/densenet/explain/gradient-maps.ts';
import { INTEGRATION_RULES, integratedGradients } from '../../src/densenet/explain/integrated-gradients.ts';
import { occlusion } from '../../src/densenet/explain/occlusion.ts';
import { smoothGrad } from '../../src/densenet/explain/smooth-grad.ts';
import { relativeError } from '../../src/densenet/golden/compare.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';

export type ExplanationsInput = { readonly golden: Uint8Array; readonly file: string };

export type ExplanationsReport = {
  /** Relative L2 error of every expected tensor; NaN where nothing was computed. */
  readonly errors: Readonly<Record<string, number>>;
  /** By rule: how far the attributions' sum is off, and off what. */
  readonly completeness: Readonly<Record<string, readonly [number, number]>>;
  readonly complaints: readonly string[];
};

type Options = {
  readonly samples: number;
  readonly level: number;
  readonly seed: number;
  readonly steps: number;
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly baseline: number;
};

const BATCH = 2;

export const explanations = defineJob(
  'explanations',
  async ({ file, golden }: ExplanationsInput, { gpu, now }): Promise<ExplanationsReport> => {
    const { metadata, tensors } = readSafetensors(golden, file);
    const floats = (name: string) => {
      const tensor = tensors.get(name);
      if (!tensor) throw new Error(`${file} has no ${name}`);
      return toFloat32(tensor);
    };
    const { config } = parseGoldenConfig(JSON.parse(metadata.config ?? ''));
    const { samples, level, seed, steps, window, stride, baseline } = JSON.parse(metadata.explain ?? '') as Options;
    const labelled = tensors.get('labels');
    const labels = labelled ? [...toInt32(labelled)] : [];
    const params = [...tensors].filter(([name]) => name.startsWith('param.'));
    const state = new Map(params.map(([name, t]) => [name.slice(6), { shape: t.shape, values: toFloat32(t) }]));
    const complaints: string[] = [];
    const device = await Device.open(gpu, { now, defaultLimits: true, onError: (e) => complaints.push(e.message) });
    const model = await DenseNet.create(device, config, { state });
    const got = new Map<string, ArrayLike<number>>();

    const images = Float32Array.from(floats('input'));
    const seeds = oneHot(labels, config.classes);
    const count = labels.length;
    for (const name of tensors.keys()) {
      if (!name.startsWith('gradcam.')) continue;
      const target = name.slice('gradcam.'.length);
      const explainer = await Explainer.create(model, { batch: count, target });
      got.set(name, gradCam(await explainer.gradients(images, seeds, count), { signed: true }));
      explainer.destroy();
    }

    const whole = await Explainer.create(model, { batch: count, target: 'input' });
    const { logits, gradient } = await whole.gradients(images, seeds, count);
    got.set('logits', logits).set('grad.input', gradient);
    whole.destroy();

    const image = images.slice(0, images.length / count);
    const explained = { image, seed: seeds.slice(0, config.classes) };
    const explainer = await Explainer.create(model, { batch: BATCH, target: 'input' });
    got.set('smoothgrad', (await smoothGrad(explainer, explained, { samples, level, seed })) ?? []);
    const completeness: Record<string, readonly [number, number]> = {};
    for (const rule of INTEGRATION_RULES) {
      const found = await integratedGradients(explainer, explained, { steps, rule });
      got.set(`ig.${rule}`, found?.attribution ?? []);
      if (found) completeness[rule] = [found.completenessError, found.atImage - found.atBaseline];
    }
    explainer.destroy();

    const inference = await Inference.create(model, { batch: BATCH, keepFeatures: true });
    got.set('occlusion', (await occlusion(inference, explained, { window, stride, baseline })) ?? []);
    const cams: number[] = [];
    for (const [n, label] of labels.entries()) {
      await inference.logits(images.slice(n * image.length, (n + 1) * image.length), 1);
      cams.push(...classActivationMap(await readHead(inference), 0, label));
    }
    got.set('cam', cams);
    const told = [...complaints]; // before the device goes, which is told too
    device.destroy();

    const expected = [...tensors.keys()].filter((name) => !/^(param\.|input$|labels$)/.test(name));
    const errors = Object.fromEntries(expected.map((name) => [name, relativeError(got.get(name) ?? [], floats(name))]));
    return { errors, completeness, complaints: told };
  },
);
