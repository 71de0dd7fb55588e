// Subgroup matrices, an experimental feature of browsers built on Dawn: whether a device may try them, and the kernel check
// that such a shader has to pass on the device itself, against the portable shader, before it is used.

import { type AnyKernel, bindingBytes, isStorage, type Parameters, type StorageBinding } from './kernel.ts';
import { type CheckedGpu, type Compiled, runKernel } from './run-kernel.ts';

export const SUBGROUP_MATRIX = 'chromium-experimental-subgroup-matrix' as GPUFeatureName;

/** Whether kernels are tried with subgroup matrices, and why not. */
export type MatrixUse =
  | {
      /** Kernels that have a text with subgroup matrices are checked, and use it where it agrees. */
      readonly tried: true;
    }
  | {
      /** They are not tried. */
      readonly tried: false;
      /** Why not. */
      readonly why: string;
    };

/** The outcome for one variant on this device. */
export type MatrixCheck = {
  /** The kernel's id. */
  readonly kernel: string;
  /** Sizes and types that its text was made for. */
  readonly variant: string;
  /** Whether subgroup matrices are used. */
  readonly used: boolean;
  /** Why the portable shader is used instead. */
  readonly why?: string;
};

/** The feature alone does not tell types and sizes: the adapter lists those that it supports. */
export function matrixUse(features: GPUSupportedFeatures, info: GPUAdapterInfo): MatrixUse {
  if (!features.has(SUBGROUP_MATRIX)) return { tried: false, why: 'the adapter has no subgroup matrices' };
  const configs: unknown = Reflect.get(info, 'subgroupMatrixConfigs');
  const listed = Array.isArray(configs) ? configs : [];
  if (listed.some(isFloat8)) return { tried: true };
  return { tried: false, why: `none of the adapter's ${listed.length} subgroup matrix configurations is 8x8x8 of f32` };
}

const isFloat8 = (config: Readonly<Record<string, unknown>>): boolean =>
  config.componentType === 'f32' &&
  config.resultComponentType === 'f32' &&
  [config.M, config.N, config.K].every((n) => n === 8);

/** The pipeline with subgroup matrices, or why the portable one is used instead. */
export async function tryMatrix(
  device: CheckedGpu,
  kernel: AnyKernel,
  parameters: Parameters,
  portable: Compiled,
  compile: () => Promise<Compiled>,
): Promise<Compiled | string> {
  if (!kernel.matrix) return 'the kernel has no subgroup matrix shader';
  try {
    const matrix = await compile();
    return (await difference(device, kernel, parameters, kernel.matrix.checkSize, portable, matrix)) ?? matrix;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Of the largest value: a sum of some hundred float32 products in another order stays far below. */
const TOLERANCE = 1e-4;

/**
 * Runs two pipelines of one variant on the same random input.
 * @returns where the second's results differ from the first's; undefined where they agree
 */
async function difference(
  device: CheckedGpu,
  kernel: AnyKernel,
  parameters: Parameters,
  size: unknown,
  first: Compiled,
  second: Compiled,
): Promise<string | undefined> {
  const contents = new Map<string, Uint32Array<ArrayBuffer>>();
  for (const [i, [name, binding]] of Object.entries(kernel.bindings).entries())
    if (isStorage(binding)) contents.set(name, randomContent(binding, size, parameters, i + 1));
  const run = async (compiled: Compiled): Promise<number[]> => {
    const written = await runKernel(device, compiled, { kernel, size, parameters, contents });
    return [...written.values()].flatMap(({ buffer }) => [...new Float32Array(buffer)]);
  };
  const expected = await run(first);
  const got = await run(second);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(largest > 0)) return 'its kernel check computed nothing to compare';
  // Written so that NaN counts as a difference.
  const at = expected.findIndex((value, i) => !(Math.abs(value - (got[i] ?? Number.NaN)) <= TOLERANCE * largest));
  return at < 0 ? undefined : `in its kernel check value ${at} was ${got[at]}, not ${expected[at]}`;
}

/** Numbers between -1 and 1 for what is read, zeros for what is written. */
function randomContent(
  binding: StorageBinding<unknown>,
  size: unknown,
  parameters: Parameters,
  seed: number,
): Uint32Array<ArrayBuffer> {
  const floats = new Float32Array(Math.max(16, bindingBytes(binding, size, parameters)) / 4);
  let state = seed;
  if (binding.kind === 'read')
    for (let i = 0; i < floats.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      floats[i] = state / 2 ** 31 - 1;
    }
  return new Uint32Array(floats.buffer);
}
