// The explanation plan's numbers without a GPU: its recorded passes run one after another by the kernels' float64 references,
// held against PyTorch's. What a shader makes of the same passes is tests/e2e/networks/explanations.spec.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../cli/host/package-root.ts';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { toFloat32, toInt32 } from '../../src/data/tensor.ts';
import { parseGoldenConfig } from '../../src/densenet/config-json.ts';
import { type Explainer, oneHot } from '../../src/densenet/explain/explainer.ts';
import { gradCam } from '../../src/densenet/explain/gradient-maps.ts';
import { INTEGRATION_RULES, integratedGradients } from '../../src/densenet/explain/integrated-gradients.ts';
import { occlusion } from '../../src/densenet/explain/occlusion.ts';
import { smoothGrad } from '../../src/densenet/explain/smooth-grad.ts';
import { INPUT, targetOf } from '../../src/densenet/explain/target.ts';
import { relativeError } from '../../src/densenet/golden/compare.ts';
import type { Inference } from '../../src/densenet/inference.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { recordExplanation } from '../../src/densenet/plan/explanation.ts';
import type { FeatureMap } from '../../src/densenet/plan/feature-map.ts';
import { toArenas } from '../../src/densenet/state-dict.ts';
import type { LogicalBuffer, Program, Region } from '../../src/runtime/program.ts';
import { NO_OP_STEP } from '../../src/shaders/parts/step.ts';
import { suites } from '../e2e/kernels/suites.ts';

class Reference {
  private readonly memory = new Map<LogicalBuffer, Float32Array | Uint32Array>();

  at({ buffer, offset, bytes }: Region): Float32Array | Uint32Array {
    const whole = this.memory.get(buffer) ?? buffer.content ?? new Float32Array(buffer.bytes / 4);
    this.memory.set(buffer, whole);
    return whole.subarray(offset / 4, (offset + bytes) / 4);
  }

  run({ passes }: Program): void {
    for (const { kernel, size, parameters, regions } of passes) {
      const suite = suites.find((one) => one.kernel.id === kernel.id);
      if (!suite) throw new Error(`${kernel.id} has no reference`);
      const inputs = Object.fromEntries([...regions].map(([name, region]) => [name, this.at(region)]));
      const told = { ...(size as object), ...tabled(kernel.id, inputs) };
      const expected = suite.reference(told, inputs, parameters as never, { step: NO_OP_STEP }, (out) => out);
      for (const [name, { values }] of Object.entries(expected)) {
        const region = regions.get(name);
        if (!region && name === 'partials') continue; // asked for by nobody
        if (!region) throw new Error(`${kernel.id} writes ${name}, which is not bound`);
        const out = this.at(region);
        for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) out[i] = values[i] ?? 0;
      }
    }
  }
}

/** Two kernels get their work as a table, and their references as what the table was made of. */
function tabled(kernel: string, { table = new Uint32Array() }: Readonly<Record<string, ArrayLike<number>>>): object {
  const rows = (words: number) =>
    Array.from({ length: table.length / words }, (_, i) => Array.from(table).slice(i * words, (i + 1) * words));
  if (kernel === 'statistics/running-affine') {
    const norms = rows(8).map(([gamma, beta, mean, variance, affine, channels]) => ({
      ...{ gamma, beta, mean, variance, affine, channels },
    }));
    return { norms };
  }
  if (kernel !== 'layout/pack-weights') return {};
  const weights = rows(12).map((row) => {
    const [destination, source, rows, columns, paddedRows, paddedColumns, taps, rowStride, columnStride, rotated] = row;
    const lengths = { rows, columns, paddedRows, paddedColumns, taps };
    return { destination, source, ...lengths, rowStride, columnStride, rotated: rotated === 1 };
  });
  return { weights };
}

describe.each(['bc-imagenet', 'plain-cifar', 'bc-cifar', 'plain-imagenet'])('%s', (name) => {
  const bytes = readFileSync(join(packageRoot, `tests/golden/explanations/${name}.safetensors`));
  const { metadata, tensors } = readSafetensors(new Uint8Array(bytes), name);
  const floats = (key: string) => {
    const tensor = tensors.get(key);
    if (!tensor) throw new Error(`no ${key}`);
    return toFloat32(tensor);
  };
  const { config } = parseGoldenConfig(JSON.parse(metadata.config ?? ''));
  const network = buildNetwork(config);
  const params = [...tensors].filter(([key]) => key.startsWith('param.'));
  const state = new Map(params.map(([key, t]) => [key.slice(6), { shape: t.shape, values: toFloat32(t) }]));
  const arenas = toArenas(network, state);
  const labelled = tensors.get('labels');
  const labels = labelled ? [...toInt32(labelled)] : [];

  const recorded = (target: string, batch: number) => {
    const { plan, io } = recordExplanation(network, batch, { target: targetOf(network, target) });
    const reference = new Reference();
    reference.at(plan.parameters).set(arenas.parameters);
    reference.at(plan.running).set(arenas.running);
    const go = (images: ArrayLike<number>, seeds: ArrayLike<number>) => {
      reference.at(io.input).set(images);
      reference.at(io.seeds).set(seeds);
      reference.run(plan.program);
    };
    return { io, reference, go };
  };
  const run = (target: string) => {
    const made = recorded(target, labels.length);
    made.go(floats('input'), oneHot(labels, config.classes));
    return made;
  };

  it('logits and input gradient', () => {
    const { io, reference } = run('input');
    expect(relativeError(reference.at(io.logits), floats('logits'))).toBeLessThan(1e-6);
    expect(io.inputGradient && relativeError(reference.at(io.inputGradient), floats('grad.input'))).toBeLessThan(1e-6);
  });

  const ofManyRuns = async () => {
    const { io, reference, go } = recorded('input', 2);
    const values = config.inputChannels * config.height * config.width;
    const read = (region: Region, length: number) => Float32Array.from(reference.at(region).subarray(0, length));
    const runner = {
      target: INPUT,
      plan: { batch: 2 },
      model: { config },
      gradients: async (images: Float32Array, seeds: Float32Array, count: number) => {
        go(images, seeds);
        return { gradient: io.inputGradient && read(io.inputGradient, count * values) };
      },
      logits: async (images: Float32Array, count: number) => {
        go(images, []);
        return read(io.logits, count * config.classes);
      },
    };
    const explainer = runner as unknown as Explainer;
    const { samples, level, seed, steps, window, stride, baseline } = JSON.parse(metadata.explain ?? '');
    const image = Float32Array.from(floats('input').subarray(0, values));
    const explained = { image, seed: oneHot(labels.slice(0, 1), config.classes) };
    const smooth = await smoothGrad(explainer, explained, { samples, level, seed });
    expect(smooth && relativeError(smooth, floats('smoothgrad'))).toBeLessThan(1e-6);
    for (const rule of INTEGRATION_RULES) {
      const found = await integratedGradients(explainer, explained, { steps, rule });
      expect(found && relativeError(found.attribution, floats(`ig.${rule}`)), rule).toBeLessThan(1e-6);
      if (!found) continue;
      const sum = found.attribution.reduce((all, value) => all + value, 0);
      expect(sum - found.atImage + found.atBaseline).toBeCloseTo(found.completenessError, 4);
    }
    const covered = await occlusion(runner as unknown as Inference, explained, { window, stride, baseline });
    expect(covered && relativeError(covered, floats('occlusion'))).toBeLessThan(1e-5);
  };
  // On small images: the methods know nothing of layers.
  if (config.stem === 'cifar') it('methods of many runs, in micro-batches that do not fill', ofManyRuns);

  const targets = [...tensors.keys()].filter((key) => /^gradcam\.(?!norm5|relu5)/.test(key)).map((key) => key.slice(8));
  it.each(targets)('Grad-CAM at %s', (target) => {
    const { io, reference } = run(target);
    const images = (map: FeatureMap | undefined) => {
      if (!map) throw new Error('no features');
      const stored = reference.at(map.region);
      const {
        stride,
        map: { height, width },
      } = map.grid;
      const channels = stored.length / stride;
      const area = height * width;
      const values = new Float32Array(labels.length * channels * area);
      for (let i = 0; i < values.length; i++) {
        const [n, c] = [Math.floor(i / (channels * area)), Math.floor(i / area) % channels];
        values[i] = stored[c * stride + n * area + (i % area)] ?? 0;
      }
      return { values, shape: [channels, height, width] as const };
    };
    const { values, shape } = images(io.features);
    const map = gradCam({ shape, values, gradient: images(io.gradient).values }, { signed: true });
    expect(relativeError(map, floats(`gradcam.${target}`))).toBeLessThan(1e-6);
  });
});
