// Every tile that a tuner may choose for these presets becomes a valid pipeline of a device with WebGPU's default limits: on
// Dawn's null backend, which checks everything and runs nothing.
import { expect, it } from 'vitest';
import { create, globals } from 'webgpu';
import { PipelineCache } from '../../runtime/pipelines.ts';
import { variantName } from '../../runtime/specialize.ts';
import { buildNetwork } from '../network.ts';
import { withTile } from '../plan/convolution.ts';
import { recordTraining } from '../plan/training.ts';
import { PRESETS } from '../presets.ts';

/** Together they have every shape of workgroup that presets choose among. */
const PLANS = [
  ['densenet121', 32],
  ['densenet161', 1],
  ['bc-100-12', 64],
  ['plain-40-12', 64],
] as const;

it('every tile of several presets fits the default limits', { timeout: 120_000 }, async () => {
  Object.assign(globalThis, globals);
  // Kept to the end: Dawn crashes when its instance is collected before its devices.
  const instance = create(['backend=null']);
  const device = await (await instance.requestAdapter())?.requestDevice();
  if (!device) throw new Error('Dawn has no null backend');
  const pipelines = new PipelineCache(device, () => performance.now());
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const [name, batch] of PLANS) {
    const { plan } = recordTraining(buildNetwork(PRESETS[name]), batch, { loss: 'cross-entropy', inputGradient: true });
    for (const { kernel, size, parameters } of plan.program.passes) {
      for (const candidate of kernel.tileCandidates(size)) {
        const tile = withTile(kernel.id, size, parameters, candidate.parameters);
        const variant = `${kernel.id} ${variantName(kernel, tile)}`;
        if (seen.has(variant)) continue;
        seen.add(variant);
        await pipelines.get(kernel, tile, []).catch((error: Error) => problems.push(error.message));
      }
    }
  }
  device.destroy();
  expect(instance).toBeDefined();
  expect(pipelines.size).toBeGreaterThan(100);
  expect(problems).toEqual([]);
});
