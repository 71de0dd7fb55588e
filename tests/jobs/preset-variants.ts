// Every kernel variant that any preset asks for, at batch 1 and 32, in inference and in training (kept and recomputed),
// those of dropout, and a few presets' with features as f16.
// Plans are recorded without a GPU and without limits: what is too large for a device still must compile.

import { buildNetwork } from '../../src/densenet/network.ts';
import { recordInference } from '../../src/densenet/plan/inference.ts';
import { recordTraining, type TrainingOptions } from '../../src/densenet/plan/training.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import type { AnyKernel, Parameters } from '../../src/runtime/kernel.ts';
import type { Program } from '../../src/runtime/program.ts';
import { specialize, variantName } from '../../src/runtime/specialize.ts';

export interface Variant {
  readonly kernel: AnyKernel;
  readonly parameters: Parameters;
  readonly promoted: readonly string[];
  readonly packedF16: readonly string[];
  readonly text: string;
}

const TRAINING: readonly TrainingOptions[] = [
  { loss: 'cross-entropy', optimizer: 'sgd', inputGradient: true, input: 'bytes' },
  { loss: 'binary-cross-entropy', optimizer: 'adamw', recompute: true },
];

/** Each distinct text once. */
export function presetVariants(): Variant[] {
  const variants = new Map<string, Variant>();
  const collect = ({ passes }: Program) => {
    for (const { kernel, parameters, promoted, packedF16 } of passes) {
      const name = `${kernel.id} ${variantName(kernel, parameters, promoted, packedF16)}`;
      if (variants.has(name)) continue;
      const { text } = specialize(kernel, parameters, promoted, packedF16);
      variants.set(name, { kernel, parameters, promoted, packedF16, text });
    }
  };
  for (const config of Object.values(PRESETS)) {
    const network = buildNetwork(config);
    for (const batch of [1, 32]) {
      collect(recordInference(network, batch).plan.program);
      for (const options of TRAINING) collect(recordTraining(network, batch, options).plan.program);
    }
  }
  for (const name of ['densenet121', 'plain-40-12', 'bc-100-12'] as const) {
    const network = buildNetwork({ ...PRESETS[name], dropout: 0.2 });
    const training = { loss: 'cross-entropy', inputGradient: true } as const;
    collect(recordTraining(network, 32, training).plan.program);
    const packedF16 = buildNetwork(PRESETS[name]);
    collect(recordTraining(packedF16, 32, { ...training, recompute: true, precision: 'f16-storage' }).plan.program);
    collect(recordInference(packedF16, 1, { precision: 'f16-storage' }).plan.program);
  }
  return [...variants.values()];
}

export type CompileReport = {
  readonly compiled: number;
  /** The compiler's messages, errors and warnings, each behind its variant. */
  readonly messages: readonly string[];
};

/**
 * Hands every variant of every preset to the host's WGSL compiler. Pipelines are not made: a software GPU translates
 * each for seconds. (tests/jobs/preset-variants.test.ts makes them all on a GPU that runs nothing.)
 */
export const compilePresets = defineJob('compile-presets', async (_request, { gpu, now }): Promise<CompileReport> => {
  const device = await Device.open(gpu, { now, defaultLimits: true });
  const messages: string[] = [];
  const variants = presetVariants();
  for (const { kernel, text } of variants) {
    const name = text.slice(3, text.indexOf('\n'));
    const module = await device
      .checked(name, () => device.gpu.createShaderModule({ label: kernel.id, code: text }))
      .catch((error: Error) => void messages.push(error.message));
    const info = await module?.getCompilationInfo();
    for (const { type, lineNum, message } of info?.messages ?? []) {
      messages.push(`${name}: ${type} in line ${lineNum}: ${message}`);
    }
  }
  device.destroy();
  return { compiled: variants.length, messages };
});
