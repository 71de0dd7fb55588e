// What the benchmark rests on: a plan's forecast of GPU bytes against those counted, and that a timed plan with a wrong
// kernel of its own, which no golden runs, is found out.

import { loadWorkload } from '../../bench/loaded-workload.ts';
import { countBuffers } from '../../bench/sections/memory/measure.ts';
import type { PlanValidation } from '../../bench/sections/throughput/schema.ts';
import { validatePlan } from '../../bench/sections/throughput/validation.ts';
import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { recordInference } from '../../src/densenet/plan/inference.ts';
import { describePlan } from '../../src/densenet/plan/plan.ts';
import { vendorTiles } from '../../src/densenet/plan/tile-config.ts';
import { recordTraining } from '../../src/densenet/plan/training.ts';
import { constant } from '../../src/densenet/train/learning-rates.ts';
import { ADAMW } from '../../src/densenet/train/optimizers.ts';
import { Trainer } from '../../src/densenet/train/trainer.ts';
import { defineJob, jobRegistry } from '../../src/jobs/define-job.ts';
import type { Vendor } from '../../src/runtime/adapter.ts';
import { Device } from '../../src/runtime/device.ts';
import type { Program } from '../../src/runtime/program.ts';
import { specialize } from '../../src/runtime/specialize.ts';
import { makeIdle } from './idle-shaders.ts';
import { sharedGpu } from './shared-gpu.ts';
import { OPTIONS, SMALL } from './small-network.ts';

export type BytesReport = readonly {
  readonly what: string;
  readonly forecast: number;
  readonly measured: number;
  /** What is still there when everything was let go. */
  readonly left: number;
}[];

const PLAIN: DenseNetConfig = {
  stem: 'cifar',
  growthRate: 3,
  blockLayers: [2, 1],
  initialChannels: 5,
  bottleneckWidth: 0,
  compression: 0.9,
  dropout: 0,
  classes: 3,
  inputChannels: 3,
  height: 9,
  width: 7,
};
/** Its convolutions have other tiles at thirty-two images than at two. */
const TILED: DenseNetConfig = {
  stem: 'cifar',
  growthRate: 4,
  blockLayers: [1],
  initialChannels: 8,
  bottleneckWidth: 4,
  compression: 0.5,
  dropout: 0,
  classes: 3,
  inputChannels: 3,
  height: 8,
  width: 8,
};

type BytesMode = 'inference' | 'training' | 'recompute' | 'adamw, bytes';
const CASES: readonly { name: string; config: DenseNetConfig; batch: number; mode: BytesMode }[] = [
  { name: 'small', config: SMALL, batch: 1, mode: 'inference' },
  { name: 'small', config: SMALL, batch: 5, mode: 'training' },
  { name: 'small', config: SMALL, batch: 5, mode: 'recompute' },
  { name: 'small', config: SMALL, batch: 5, mode: 'adamw, bytes' },
  { name: 'plain', config: PLAIN, batch: 3, mode: 'inference' },
  { name: 'plain', config: PLAIN, batch: 3, mode: 'training' },
];

function subjectOf(model: DenseNet, batch: number, mode: BytesMode): Promise<Inference | Trainer> {
  const { optimizer, schedule, unroll } = OPTIONS;
  if (mode === 'inference') return Inference.create(model, { batch, unroll });
  if (mode !== 'adamw, bytes') {
    return Trainer.create(model, { batch, optimizer, schedule, unroll, recompute: mode === 'recompute' });
  }
  const each = (value: number) => Array.from({ length: model.config.inputChannels }, () => value);
  return Trainer.create(model, {
    batch,
    optimizer: ADAMW,
    schedule: constant(0),
    inputGradient: true,
    unroll,
    normalisation: { mean: each(0.5), std: each(0.25) },
  });
}

export type PlanValidationReport = {
  readonly mode: string;
  readonly right: PlanValidation | null;
  /** By the variant that was broken, which only the larger plan has. */
  readonly wrong: Readonly<Record<string, PlanValidation | null>>;
};

export const benchProofs = jobRegistry(
  defineJob('gpu-bytes', async (_request, { gpu, now }) => {
    const device = await Device.open(gpu, { now });
    makeIdle(device.gpu);
    const count = countBuffers(device.gpu);
    const report: BytesReport[number][] = [];
    for (const { name, config, batch, mode } of CASES) {
      const model = await DenseNet.create(device, config);
      const subject = await subjectOf(model, batch, mode);
      const { total } = describePlan(subject.plan);
      const measured = count().bytes;
      subject.destroy();
      model.destroy();
      report.push({ what: `${name}, ${mode}, batch ${batch}`, forecast: total, measured, left: count().bytes });
    }
    device.destroy();
    return report;
  }),
  defineJob('agreement', async (_request, { gpu, now }) => {
    const report: PlanValidationReport[] = [];
    const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
    const { vendor } = device.adapter;
    device.destroy();
    for (const mode of ['inference', 'training'] as const) {
      const agreement = async (breaks?: string) => {
        const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
        const restore = breaks === undefined ? undefined : breakShader(device.gpu, breaks);
        try {
          const model = await DenseNet.create(device, TILED, { seed: 1 });
          const subject = await loadWorkload(model, { mode, recompute: false, precision: 'f32' }, BATCH);
          return (await validatePlan(subject)) ?? null;
        } finally {
          restore?.();
          device.destroy();
        }
      };
      const wrong: Record<string, PlanValidation | null> = {};
      for (const [name, text] of largePlansOwn(mode, vendor)) wrong[name] = await agreement(text);
      report.push({ mode, right: await agreement(), wrong });
    }
    return report;
  }),
);

const BATCH = 32;

/** Convolutions of the plan for thirty-two images that no smaller plan has: name and text, one a kernel. */
function largePlansOwn(mode: 'inference' | 'training', vendor: Vendor): Map<string, string> {
  const tileConfig = vendorTiles(vendor);
  const network = buildNetwork(TILED);
  const programOf = (batch: number): Program =>
    mode === 'inference'
      ? recordInference(network, batch, { tileConfig }).plan.program
      : recordTraining(network, batch, { loss: 'cross-entropy', optimizer: 'sgd', tileConfig }).plan.program;
  const texts = ({ passes }: Program) =>
    passes.map((pass) => ({
      kernel: pass.kernel.id,
      text: specialize(pass.kernel, pass.parameters, pass.promoted).text,
    }));
  const small = new Set([1, 2].flatMap((batch) => texts(programOf(batch)).map(({ text }) => text)));
  const own = texts(programOf(BATCH)).filter(({ kernel, text }) => kernel.startsWith('conv') && !small.has(text));
  return new Map(own.map(({ kernel, text }) => [kernel, text]));
}

/** Until the function returned is called, every sum in one shader has the other sign. */
function breakShader(gpu: GPUDevice, text: string): () => void {
  const create = gpu.createShaderModule;
  const value = (given: GPUShaderModuleDescriptor) =>
    create.call(gpu, given.code === text ? { ...given, code: text.replace(/= ?fma\(/g, '= -fma(') } : given);
  Object.defineProperty(gpu, 'createShaderModule', { configurable: true, value });
  return () => Object.defineProperty(gpu, 'createShaderModule', { configurable: true, value: create });
}
