// Every tile of one kernel's closed lists, a software GPU's among them, but for the defaults, which the kernel's own cases run: against the float64
// reference, with NaN in outputs and canaries around them, at sizes that are no multiple of any tile.

import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { tileTarget } from '../../src/runtime/tile-target.ts';
import { kernelChecks } from '../../src/shaders/kernel-checks.ts';
import { Random } from '../../src/shaders/random-inputs.ts';
import { product } from '../e2e/kernels/conv1x1/products.ts';
import { convSize } from '../e2e/kernels/conv3x3/sizes.ts';
import { type AnySuite, type CaseResult, runCase } from '../e2e/kernels/kernel-suite.ts';
import { stemSize } from '../e2e/kernels/stem/sizes.ts';
import { sharedGpu } from './shared-gpu.ts';

export type TileCasesInput = { readonly kernel: string; readonly seed: number; readonly unroll: boolean };
export type TileReport = Pick<CaseResult, 'passed' | 'message' | 'worst'> & { readonly name: string };

const products = [product(37, 129, 150), product(130, 48, 70)];
const convolutions = [convSize(36, 32, 2, 5, 14), convSize(70, 12, 1, 9, 8), convSize(18, 33, 1, 3, 57)];
const stems = [stemSize(3, 33, 1, 20, 112), stemSize(2, 64, 2, 9, 40)];

const sizesOf = (kernel: string): readonly object[] =>
  kernel.startsWith('conv1x1') ? products : kernel.startsWith('conv3x3') ? convolutions : stems;

/** What plans decide besides the tile. */
const FLAGS: Readonly<Record<string, Readonly<Record<string, number | boolean>>>> = {
  'conv1x1/forward': { HAS_STATISTICS: true },
  'conv3x3/backward-data': { EPILOGUE: 2 },
  'stem/forward': { HAS_STATISTICS: true, BLOCKED_SUM: true },
};

export const tileCases = defineJob('tile-cases', async ({ kernel: id, seed, unroll }: TileCasesInput, { gpu, now }) => {
  const complaints: string[] = [];
  const onError = (error: Error) => complaints.push(error.message);
  const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true, onError });
  const kernelCheck = kernelChecks.get(id);
  if (!kernelCheck) throw new Error(`${id} has no kernel check`);
  const suite: AnySuite = { ...kernelCheck, sizes: {} };
  const reports: TileReport[] = [];
  for (const open of sizesOf(id)) {
    const size = kernelCheck.kernel.splitK ? { ...open, splitK: 3 } : open;
    const { kernel } = kernelCheck;
    const unstaged = kernel.tileCandidates(size, tileTarget('software'));
    for (const { name, parameters } of [...kernel.tileCandidates(size).slice(1), ...unstaged]) {
      const variant = { ...parameters, ...FLAGS[id] };
      const result = await runCase(device, suite, size, variant, new Random(seed), { unroll }).catch(
        (error: unknown): CaseResult => ({ passed: false, message: String(error), worst: 0 }),
      );
      const heard = complaints.splice(0);
      reports.push({
        name: `${name} at ${JSON.stringify(size)}`,
        worst: result.worst,
        passed: result.passed && heard.length === 0,
        message: [...heard, result.message].join('\n'),
      });
    }
  }
  device.destroy();
  return { reports };
});
