// Hands every variant of every preset to the host's WGSL compiler. Pipelines are not made: a software GPU translates
// each for seconds. (tests/jobs/preset-variants.test.ts makes them all on a GPU that runs nothing.)

import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { presetVariants } from './preset-variants.ts';

export type CompileReport = {
  readonly compiled: number;
  /** The compiler's messages, errors and warnings, each behind its variant. */
  readonly messages: readonly string[];
};

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
