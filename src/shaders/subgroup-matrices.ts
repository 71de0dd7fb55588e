// The shaders with subgroup matrices, brought by whoever opens a device with them: what a device can use of what its adapter
// lists, the text of a kernel's variant, and the comparison with float64 that each has to pass on the device itself.

import { type AnyKernel, isStorage } from '../runtime/kernel.ts';
import type { CheckedGpu, Compiled } from '../runtime/run-kernel.ts';
import { type Specialized, specialize, variantName } from '../runtime/specialize.ts';
import {
  MATRIX_FEATURES,
  type MatrixComponent,
  type MatrixShaders,
  type MatrixShape,
  type MatrixUse,
  type MatrixVariant,
} from '../runtime/subgroup-matrix.ts';
import { hashTexts } from '../runtime/text-hash.ts';
import { type AnyKernelCheck, compare, type Data, type Inputs, roundedToF16, runCompiled } from './check-kernel.ts';
import { conv1x1Matrix } from './conv1x1/forward-matrix.ts';
import { conv3x3Matrix } from './conv3x3/forward-matrix.ts';
import type { MatrixText } from './matrix-text.ts';
import { Random } from './random-inputs.ts';

/* @__NO_SIDE_EFFECTS__ */
const byKernel = (...texts: readonly MatrixText[]): ReadonlyMap<string, MatrixText> =>
  new Map(texts.map((text) => [text.check.kernel.id, text]));

const TEXTS = byKernel(conv1x1Matrix, conv3x3Matrix);

/** Products that are used, the one with most multiply-adds per instruction first. */
const USED: Readonly<Record<MatrixComponent, readonly MatrixShape[]>> = {
  f16: [
    { M: 16, N: 16, K: 16 },
    { M: 8, N: 16, K: 16 },
    { M: 16, N: 8, K: 16 },
    { M: 16, N: 8, K: 8 },
    { M: 8, N: 8, K: 8 },
  ],
  f32: [{ M: 8, N: 8, K: 8 }],
};

const DIMENSIONS = ['M', 'N', 'K'] as const;

/** `8x16x16 f16 -> f32`. */
const nameOf = (config: object): string =>
  `${DIMENSIONS.map((name) => Reflect.get(config, name)).join('x')} ${Reflect.get(config, 'componentType')} -> ${Reflect.get(config, 'resultComponentType')}`;

function matrixUse({ features, limits }: Pick<GPUDevice, 'features' | 'limits'>, info: GPUAdapterInfo): MatrixUse {
  const missing = MATRIX_FEATURES.filter((feature) => !features.has(feature));
  // Floats need no f16.
  if (missing.some((feature) => feature !== 'shader-f16'))
    return { tried: false, why: `the adapter has no ${missing.join(', no ')}` };
  const found: unknown = Reflect.get(info, 'subgroupMatrixConfigs');
  const configs: readonly object[] = Array.isArray(found) ? found : [];
  const largest: unknown = Reflect.get(info, 'subgroupMaxSize');
  const subgroupSize = typeof largest === 'number' ? largest : 0;
  if (!(subgroupSize >= 1 && subgroupSize <= 256)) return { tried: false, why: `its largest subgroup has ${largest}` };
  const shapeOf = (component: MatrixComponent) =>
    USED[component].find((shape) =>
      configs.some((config) => nameOf(config) === `${shape.M}x${shape.N}x${shape.K} ${component} -> f32`),
    );
  const f16 = missing.length === 0 ? shapeOf('f16') : undefined;
  const f32 = shapeOf('f32');
  const names = configs.map(nameOf).join(', ') || 'none';
  const listed = `${missing.length > 0 ? 'the adapter has no shader-f16; ' : ''}subgroup matrices that it lists: ${names}`;
  return f16 || f32
    ? { tried: true, f16, f32, subgroupSize, workgroupBytes: limits.maxComputeWorkgroupStorageSize, listed }
    : { tried: false, why: listed };
}

/** f16 between features that are f16, floats between floats; undefined for the first convolution of images, which is neither. */
function componentOf({ kernel, packedF16 }: MatrixVariant): MatrixComponent | undefined {
  const stored = Object.entries(kernel.bindings).filter(([, b]) => isStorage(b) && b.supportsF16Storage);
  const isF16 = stored.map(([name]) => packedF16.includes(name));
  return isF16.every((is) => is) ? 'f16' : isF16.some((is) => is) ? undefined : 'f32';
}

function textOf(use: MatrixUse, variant: MatrixVariant): Specialized | string | undefined {
  const { kernel, parameters, promoted, packedF16 } = variant;
  const text = TEXTS.get(kernel.id);
  if (!text || !use.tried) return undefined;
  const component = componentOf(variant);
  if (!component) return undefined;
  const shape = use[component];
  if (!shape) return `no ${component} product; ${use.listed}`;
  const { subgroupSize, workgroupBytes } = use;
  const layout = text.layout(parameters, { component, shape, subgroupSize, workgroupBytes });
  if (typeof layout === 'string') return layout;
  const own = Object.fromEntries(text.parameters.map((name) => [name, parameters[name] ?? false]));
  const all = { ...own, ...layout, Component: component };
  const made: AnyKernel = { ...kernel, source: text.source, parts: text.parts, parameters: all };
  const specialized = specialize(made, all, promoted, packedF16);
  const enables = [...(component === 'f16' ? ['f16'] : []), 'subgroups', 'chromium_experimental_subgroup_matrix'];
  return {
    text: enables.map((name) => `enable ${name};\n`).join('') + specialized.text,
    variant: `${variantName(kernel, parameters, promoted, packedF16)} matrices:${shape.M}x${shape.N}x${shape.K}`,
  };
}

/** Fixed: whether a kernel is used must not change from run to run. */
const SEED = 20_260_201;
/** How many times float32's rounding a matrix product's sums may have: they are cut off rather than rounded, some bits further. */
const CUT_OFF = 4;
/** Rounding to f16, either way, in units of float32's. */
const F16_ROUNDING = 2 ** 14;

/**
 * A kernel's check, of weights that f16 holds, and with what rounding its input to f16 may change.
 * @param check of a kernel that has a text
 */
export function matrixCheck<C extends AnyKernelCheck>(check: C, component: MatrixComponent): C {
  const isRounded = TEXTS.get(check.kernel.id)?.isRounded ?? (() => false);
  const rounds = (parameters: MatrixVariant['parameters']) =>
    component === 'f16' && isRounded(parameters) ? F16_ROUNDING : 0;
  return {
    ...check,
    inputs: (size, random, parameters): Inputs => {
      const given = check.inputs(size, random, parameters);
      return component === 'f16' ? roundedToF16(given, ['weight']) : given;
    },
    roundings: (size, parameters) => CUT_OFF * check.roundings(size, parameters) + rounds(parameters),
  };
}

async function problemOf(device: CheckedGpu, compiled: Compiled, variant: MatrixVariant): Promise<string | undefined> {
  const { kernel, parameters, packedF16 } = variant;
  const text = TEXTS.get(kernel.id);
  const component = componentOf(variant);
  if (!text || !component) return `${kernel.id} has no shader with subgroup matrices`;
  const check = matrixCheck(text.check, component);
  const random = new Random(SEED);
  for (const size of text.sizes(parameters)) {
    const inputs: Readonly<Record<string, Data>> = check.inputs(size, random, parameters);
    const settings = check.settings?.(size, random) ?? {};
    for (const written of await runCompiled(device, compiled, check, size, parameters, inputs, settings, {
      packedF16,
    })) {
      const [problem] = compare(check, size, parameters, written, packedF16).problems;
      if (problem !== undefined) return `in its kernel check ${problem}`;
    }
  }
  return undefined;
}

/**
 * For `Device.open(gpu, { experimental: { subgroupMatrix: subgroupMatrices } })`: shaders that multiply by subgroup matrices.
 * Only a page that names them carries them.
 */
export const subgroupMatrices: MatrixShaders = {
  get version() {
    return hashTexts([...TEXTS.values()].flatMap(({ source, parts }) => [source, ...parts.map((part) => part.source)]));
  },
  use: matrixUse,
  text: textOf,
  check: problemOf,
};
