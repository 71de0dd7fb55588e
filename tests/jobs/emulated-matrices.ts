// A GPU without subgroup matrices that seems to have them: its adapter lists them, and a shader that uses them becomes one in
// which an invocation multiplies for its own elements alone. What is left of the shader is what it was: which
// elements are staged, where blocks lie in workgroup memory, and what is made of the sums. f16 is float32 rounded by
// `quantizeToF16`, so that no feature is needed.

import { SUBGROUP_MATRIX } from '../../src/runtime/subgroup-matrix.ts';

/** What the adapter lists, and how the GPU makes subgroups. */
export interface EmulatedMatrices {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly componentType?: 'f16' | 'f32';
  /** Default 32. */
  readonly largest?: number;
  /** Invocations of the subgroups that there are: smaller ones than the largest, or that. */
  readonly actual?: number;
}

const PRETENDED = ['shader-f16', 'subgroups', SUBGROUP_MATRIX];

/** @param edit what is changed in a shader with subgroup matrices before it is emulated */
export function emulatingMatrices(
  gpu: GPU,
  { componentType = 'f16', largest = 32, actual = largest, ...shape }: EmulatedMatrices,
  edit = (text: string) => text,
): GPU {
  const config = { ...shape, componentType, resultComponentType: 'f32' };
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const adapter = await gpu.requestAdapter(options);
    if (!adapter) return null;
    const { vendor, architecture, device: model, description } = adapter.info;
    const info = {
      vendor,
      architecture,
      device: model,
      description,
      subgroupMinSize: actual,
      subgroupMaxSize: largest,
    };
    const requestDevice = async (descriptor: GPUDeviceDescriptor = {}) => {
      const asked = [...(descriptor.requiredFeatures ?? [])];
      const requiredFeatures = asked.filter((name) => !PRETENDED.includes(name));
      // Emulated f16 takes twice the room.
      const { maxComputeWorkgroupStorageSize } = adapter.limits;
      const requiredLimits = { ...descriptor.requiredLimits, maxComputeWorkgroupStorageSize };
      const device = await adapter.requestDevice({ ...descriptor, requiredFeatures, requiredLimits });
      const { createShaderModule } = device;
      const limits = { value: { ...own(device.limits), maxComputeWorkgroupStorageSize: 16_384 } };
      Object.defineProperty(device, 'limits', limits);
      const features = { value: new Set([...device.features, ...asked.filter((name) => PRETENDED.includes(name))]) };
      Object.defineProperty(device, 'features', features);
      Object.defineProperty(device, 'createShaderModule', {
        value: (given: GPUShaderModuleDescriptor) =>
          createShaderModule.call(device, {
            ...given,
            code: given.code.includes('chromium_experimental_subgroup_matrix')
              ? emulated(edit(given.code), actual)
              : given.code,
          }),
      });
      return device;
    };
    return {
      info: { ...info, subgroupMatrixConfigs: [config] },
      features: new Set([...adapter.features, ...PRETENDED]),
      limits: adapter.limits,
      requestDevice,
    } as object as GPUAdapter;
  };
  return { requestAdapter } as object as GPU;
}

/** Limits are properties of a prototype. */
function own(limits: GPUSupportedLimits): Record<string, number> {
  const all: Record<string, number> = {};
  for (const name in limits) {
    const value: unknown = Reflect.get(limits, name);
    if (typeof value === 'number') all[name] = value;
  }
  return all;
}

/**
 * The shader with the built-in functions replaced. Each invocation of a subgroup has every so many-th sum of a block; an operand is
 * where its block lies, and is read when it is multiplied: nothing is written between.
 * @param actual invocations of a subgroup
 */
export function emulated(code: string, actual: number): string {
  const isF16 = /^alias Component = f16;/m.test(code);
  const from = new Set<string>();
  const to = new Set<string>();
  const operand = (side: string, major: string, variable: string) => {
    from.add(variable);
    return `${side}_${major}(`;
  };
  const text = code
    .replace(/^enable (f16|subgroups|chromium_experimental_subgroup_matrix);\n/gm, '')
    .replace(/^alias Component = f16;/m, 'alias Component = f32;')
    .replace(/\bComponent\(/g, 'to_component(')
    .replace(
      /subgroupMatrixLoad<subgroup_matrix_(left|right)<[^>]*>,\s*(row|col)_major>\(\s*&(\w+),/g,
      (_, side: string, major: string, variable: string) => operand(side, major, variable),
    )
    .replace(/subgroupMatrixStore<row_major>\(\s*&(\w+),/g, (_, variable: string) => {
      to.add(variable);
      return `store_${variable}(`;
    })
    .replace(/subgroup_matrix_(?:left|right)<[^>]*>/g, 'vec3u')
    .replace(/subgroup_matrix_result<[^>]*>/g, 'Sums')
    .replaceAll('subgroupMatrixMultiplyAccumulate(', 'emulated_multiply(')
    .replace(/\s*@builtin\(subgroup_id\) subgroup: u32,/, '')
    .replace(/(fn main\([^{]*\{)/, `$1\n  let subgroup = thread / ${actual}u;\n  lane = thread % ${actual}u;`);
  const [operands] = from;
  if (text.includes('subgroupMatrix') || from.size !== 1) throw new Error('a built-in function is not emulated');
  return `${text}
const LANES_OF_SUBGROUP = ${actual}u;
const OWN = BLOCK_M * BLOCK_N / LANES_OF_SUBGROUP;
alias Sums = array<f32, OWN>;
var<private> lane: u32;
fn to_component(value: f32) -> f32 { return ${isF16 ? 'quantizeToF16(value)' : 'value'}; }
// Where an operand begins, from one row to the next, from one column to the next.
fn left_row(first: u32, pitch: u32) -> vec3u { return vec3u(first, pitch, 1u); }
fn left_col(first: u32, pitch: u32) -> vec3u { return vec3u(first, 1u, pitch); }
fn right_row(first: u32, pitch: u32) -> vec3u { return vec3u(first, pitch, 1u); }
fn right_col(first: u32, pitch: u32) -> vec3u { return vec3u(first, 1u, pitch); }
fn emulated_multiply(left: vec3u, right: vec3u, block: Sums) -> Sums {
  var made: Sums;
  for (var i = 0u; i < OWN; i++) {
    let row = (lane + i * LANES_OF_SUBGROUP) / BLOCK_N;
    let column = (lane + i * LANES_OF_SUBGROUP) % BLOCK_N;
    var sum = block[i];
    for (var k = 0u; k < BLOCK_K; k++) {
      sum = fma(${operands}[left.x + row * left.y + k * left.z], ${operands}[right.x + k * right.y + column * right.z], sum);
    }
    made[i] = sum;
  }
  return made;
}
${[...to]
  .map(
    (variable) => `fn store_${variable}(first: u32, block: Sums, pitch: u32) {
  for (var i = 0u; i < OWN; i++) {
    let place = lane + i * LANES_OF_SUBGROUP;
    ${variable}[first + place / BLOCK_N * pitch + place % BLOCK_N] = block[i];
  }
}`,
  )
  .join('\n')}
`;
}
