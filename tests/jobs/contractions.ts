// Whether an fma is one rounding or two is the compiler's choice, and it may choose otherwise in another inlined copy of the
// same function. Max-pooling with BN-ReLU by texts that were compiled so, on values whose activations differ by a rounding
// or not at all: every window's gradient must still go to one pixel.

import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { ShaderError } from '../../src/runtime/errors.ts';
import type { AnyKernel } from '../../src/runtime/kernel.ts';
import { type Inputs, runCheck } from '../../src/shaders/check-kernel.ts';
import { Random } from '../../src/shaders/random-inputs.ts';
import { type AnySuite, runCase } from '../e2e/kernels/kernel-suite.ts';
import backwardSuite from '../e2e/kernels/pool/backward.cases.ts';
import forwardSuite from '../e2e/kernels/pool/forward.cases.ts';
import { poolSize } from '../e2e/kernels/pool/sizes.ts';
import { changedPart } from './changed-part.ts';
import { sharedGpu } from './shared-gpu.ts';

/** A product's bits that no compiler can see through, so that it is rounded. */
const ROUNDED = 'bitcast<f32>(bitcast<u32>(a * b) ^ (shape.height >> 31u)) + c';
const FMA: Readonly<Record<string, string>> = {
  'one rounding': 'fn contracted(a: f32, b: f32, c: f32) -> f32 { return fma(a, b, c); }',
  'two roundings': `fn contracted(a: f32, b: f32, c: f32) -> f32 { return ${ROUNDED}; }`,
  'every other copy': `
    var<private> copies: u32;
    fn contracted(a: f32, b: f32, c: f32) -> f32 {
      copies++;
      if (copies % 2u == 0u) { return fma(a, b, c); }
      return ${ROUNDED};
    }`,
};

/** The kernel with its activations' multiply-adds compiled one of these ways. */
function compiledWith(kernel: AnyKernel, way: string): AnyKernel {
  const changed = (text: string) =>
    text.replace(/\bfma\(value, (norm|affine)\.x, \1\.y\)/g, 'contracted(value, $1.x, $1.y)');
  const source = `${changed(kernel.source)}\n${FMA[way]}`;
  const parts = kernel.parts.map((part) => changedPart(part, changed));
  if (![source, ...parts.map((part) => part.source)].some((text) => text.includes('contracted(value')))
    throw new ShaderError(kernel.id, 'has no activation to compile in another way');
  return { ...kernel, source, parts };
}

const SIZE = poolSize(3, 2, 19, 22);
const SEED = 11;

/** Neighbours a few units in the last place apart, under a positive, a negative and a zero scale. */
function nearTies(suite: AnySuite): AnySuite {
  const inputs = (size: unknown, random: Random, parameters: Readonly<Record<string, number | boolean>>): Inputs => {
    const given = suite.inputs(size, random, parameters);
    const x = Float32Array.from(given.x ?? [], (old) =>
      Number.isNaN(old) ? old : 1 + random.integer(0, 15) * 2 ** -23,
    );
    const affine = Float32Array.of(1.1, 0.3, 1, 1, -1.1, 2, 1, 1, 0, 1, 1, 1);
    return { ...given, x, affine };
  };
  return { ...suite, inputs };
}

export type ContractionReport = { readonly forward: string; readonly backward: string; readonly message: string };

/** What is wrong with the gradients under each pair of ways. */
export const contractions = defineJob('contractions', async (_request, { gpu, now }) => {
  const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
  const reports: ContractionReport[] = [];
  for (const forward of Object.keys(FMA)) {
    const suite = nearTies(forwardSuite);
    const kernel = compiledWith(suite.kernel, forward);
    const parameters = kernel.choose(SIZE);
    const inputs = suite.inputs(SIZE, new Random(SEED), parameters);
    const [pooled] = await runCheck(device, { ...suite, kernel }, SIZE, parameters, inputs, {}, { unroll: false });
    for (const backward of Object.keys(FMA)) {
      const ties = nearTies(backwardSuite);
      const own = (...of: Parameters<AnySuite['inputs']>): Inputs => ({
        ...ties.inputs(...of),
        x: inputs.x ?? new Float32Array(),
        y: Float32Array.from(pooled?.got ?? []),
      });
      const { message } = await runCase(device, { ...ties, inputs: own }, SIZE, {}, new Random(SEED), {
        kernel: compiledWith(ties.kernel, backward),
        unroll: false,
      });
      reports.push({ forward, backward, message });
    }
  }
  device.destroy();
  return reports;
});
