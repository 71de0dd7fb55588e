// One pass against float64: what its kernel's reference makes of the very inputs that the GPU's pass had, and whether what the pass
// wrote is within the derived bound of that, element by element. Since the inputs are the GPU's own, the first pass that is wrong is
// named, and not those that it spoils. On which side of zero a pre-activation lies is no question of tolerance here: x * scale +
// shift is exact in float64, and so is its sign.

import { unpackF16 } from '../../runtime/float16.ts';
import { type Binding, isStorage } from '../../runtime/kernel.ts';
import type { RecordedPass, Region } from '../../runtime/program.ts';
import { type AnyKernelReference, compare, type ReferenceInputs, type Settings } from '../../shaders/check-kernel.ts';
import { kernelReferences } from '../../shaders/kernel-references.ts';
import type { TracedMemory } from './trace.ts';

/**
 * How the GPU computes fma(x, scale, shift): in one rounding, or as a product and a sum, each rounded. The sign of the former is that of
 * the exact value; since rounding is monotonic and minus the shift is a float32, the latter has that sign too, or is 0.
 */
export type MultiplyAdd = 'fused' | 'split';

export interface PassResult {
  /** False: the kernel has no float64 reference. */
  readonly isChecked: boolean;
  /** The largest error, as a multiple of its bound. */
  readonly worst: number;
  /** Elements that are further off than their bounds. */
  readonly wrong: number;
  /** The first of them, in words. */
  readonly problem: string | undefined;
  readonly multiplyAdd: MultiplyAdd;
}

const UNCHECKED: PassResult = { isChecked: false, worst: 0, wrong: 0, problem: undefined, multiplyAdd: 'fused' };

/**
 * @param memory as the pass has found it
 * @param written what it wrote, by binding
 */
export function checkPass(
  pass: RecordedPass,
  memory: TracedMemory,
  written: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): PassResult {
  const reference = kernelReferences.get(pass.kernel.id);
  if (!reference) return UNCHECKED;
  const inputs = inputsOf(pass, memory);
  const result = compared(reference, pass, inputs, memory, written);
  if (result.wrong === 0) return { ...result, multiplyAdd: 'fused' };
  const { x, affine } = inputs;
  const split = x && affine && asSplit(x, affine, strideOf(pass));
  if (!split) return { ...result, multiplyAdd: 'fused' };
  const other = compared(reference, pass, { ...inputs, x: split }, memory, written);
  return other.wrong === 0 ? { ...other, multiplyAdd: 'split' } : { ...result, multiplyAdd: 'fused' };
}

function compared(
  reference: AnyKernelReference,
  pass: RecordedPass,
  inputs: ReferenceInputs,
  memory: TracedMemory,
  written: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): Omit<PassResult, 'multiplyAdd'> {
  const { kernel, size, parameters, packedF16 } = pass;
  // A kernel that a test has put in the place of another has other bindings' types at most.
  const check = { ...reference, kernel };
  const outputs = new Map([...written].map(([name, bytes]) => [name, elementsOf(pass, name, bytes)]));
  const out = outputs.get('out');
  const expected = reference.reference(size, inputs, parameters, settingsOf(pass, memory), (terms) =>
    packedF16.includes('out') && out ? { ...terms, values: out } : terms,
  );
  let [worst, wrong] = [0, 0];
  let problem: string | undefined;
  for (const [name, got] of outputs) {
    const want = expected[name];
    if (!want) continue;
    const found = compare(check, size, parameters, { name, got, expected: want }, packedF16, want, 1);
    worst = Math.max(worst, found.worst);
    wrong += found.wrong;
    problem ??= found.problems[0];
  }
  return { isChecked: true, worst, wrong, problem };
}

/** What each binding of the pass holds. */
function inputsOf(pass: RecordedPass, memory: TracedMemory): ReferenceInputs {
  const inputs: Record<string, Float32Array | Uint32Array | Int32Array> = {};
  for (const [name, region] of pass.regions) {
    const binding = pass.kernel.bindings[name];
    if (binding && isStorage(binding)) inputs[name] = elementsOf(pass, name, memory.at(region));
  }
  return inputs;
}

export function elementsOf(
  { kernel, packedF16 }: RecordedPass,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Float32Array | Uint32Array | Int32Array {
  if (packedF16.includes(name)) return unpackF16(bytes);
  const binding = kernel.bindings[name];
  const element = binding && isStorage(binding) ? binding.element : 'f32';
  const { buffer, byteOffset, byteLength } = bytes;
  if (element === 'i32') return new Int32Array(buffer, byteOffset, byteLength / 4);
  if (element === 'f32' || element === 'vec2f' || element === 'vec4f')
    return new Float32Array(buffer, byteOffset, byteLength / 4);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

function settingsOf(pass: RecordedPass, memory: TracedMemory): Settings {
  const settings: Record<string, Readonly<Record<string, number>>> = {};
  for (const [name, region] of pass.regions) {
    const binding = pass.kernel.bindings[name];
    if (binding?.kind === 'settings') settings[name] = fieldsOf(binding, memory, region);
  }
  return settings;
}

function fieldsOf(
  { fields }: Extract<Binding<unknown>, { readonly kind: 'settings' }>,
  memory: TracedMemory,
  region: Region,
): Record<string, number> {
  const bytes = memory.at(region);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Object.fromEntries(
    Object.entries(fields).map(([field, type], i) => {
      if (type === 'f32') return [field, view.getFloat32(4 * i, true)];
      return [field, type === 'i32' ? view.getInt32(4 * i, true) : view.getUint32(4 * i, true)];
    }),
  );
}

/** Values from one channel's row of `x` to the next. */
export function strideOf({ size }: RecordedPass): number {
  const stride = typeof size === 'object' && size !== null && 'stride' in size ? size.stride : undefined;
  return typeof stride === 'number' ? stride : 0;
}

/**
 * `x`, moved by less than its own rounding so that x * scale + shift is, in float64, what a product and a sum that are both
 * rounded to float32 give; undefined where that is what one rounding gives too.
 */
export function asSplit(x: ArrayLike<number>, affine: ArrayLike<number>, stride: number): Float64Array | undefined {
  const moved = Float64Array.from(x);
  let differs = false;
  for (let i = 0; i < moved.length; i++) {
    const c = Math.floor(i / stride);
    const [scale, shift] = [affine[4 * c] ?? 0, affine[4 * c + 1] ?? 0];
    if (scale === 0) continue;
    const value = moved[i] ?? Number.NaN;
    const fused = Math.fround(value * scale + shift);
    const split = Math.fround(Math.fround(value * scale) + shift);
    if (fused === split || Number.isNaN(split)) continue;
    differs = true;
    // Below zero, and not next to it, where it has to be zero.
    moved[i] = ((split === 0 ? -Math.abs(shift) * 2 ** -40 : split) - shift) / scale;
  }
  return differs ? moved : undefined;
}
