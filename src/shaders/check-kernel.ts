// Checks a kernel: runs it at one size on a GPU and compares what it writes with a float64 reference. Tests do so at many
// sizes, the autotuner and the benchmark for each tile, on the GPU that it is to run on. The error allowed follows from the
// number of roundings. Outputs start as NaN. Bindings may hold f16: the reference then starts from the inputs as f16 has
// them, and an output may be off by its rounding too.

import type { Device } from '../runtime/device.ts';
import { ShaderError } from '../runtime/errors.ts';
import { float16Bits, unpackF16 } from '../runtime/float16.ts';
import {
  type AnyKernel,
  type Binding,
  type Bindings,
  bindingBytes,
  fieldBytes,
  isStorage,
  type Kernel,
  type Parameters,
  type Promoted,
  type ShaderKind,
  writeFields,
} from '../runtime/kernel.ts';
import { type CheckedGpu, type Compiled, runKernel } from '../runtime/run-kernel.ts';
import { Random } from './random-inputs.ts';

export type Data = Float32Array | Uint32Array | Int32Array;
export type Inputs = Readonly<Record<string, Data>>;
/** Values of uniforms that the caller owns, by binding and field. */
export type Settings = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What a binding must hold afterwards. NaN in `values`: untouched. `magnitude`: sum of the terms' absolute values. */
export interface Expected {
  readonly values: ArrayLike<number>;
  readonly magnitude: ArrayLike<number>;
}

/** Inputs of a reference: float64 where a value is known better than its binding holds it. */
export type ReferenceInputs = Readonly<Record<string, Data | Float64Array>>;

/** What a kernel must compute from given inputs, and how exactly. */
export interface KernelReference<S, P extends Parameters = Parameters, B extends Bindings<S> = Bindings<S>> {
  readonly kernel: Kernel<S, P, B>;
  /**
   * The content of every written binding, from the same inputs. `stored(out)` is `out` as its readers find it: the very f16
   * values that the GPU wrote, where it writes f16. Whatever is computed from `out` must start from that.
   */
  reference(
    size: S,
    inputs: ReferenceInputs,
    parameters: Promoted<P>,
    settings: Settings,
    stored: (out: Expected) => Expected,
  ): Readonly<Record<string, Expected>>;
  /** float32 roundings on the way to one element: the error allowed is this, times 2^-24, times the magnitude. */
  roundings(size: S, parameters: Promoted<P>): number;
  /** Where an element lies, for a failure's message. */
  place?(binding: string, index: number, size: S): string;
}

/** Inputs for any size of a kernel, and what it must compute from them. */
export interface KernelCheck<S, P extends Parameters = Parameters, B extends Bindings<S> = Bindings<S>>
  extends KernelReference<S, P, B> {
  /** Contents of every storage binding that is read (and of those added to). */
  inputs(size: S, random: Random, parameters: Promoted<P>): Inputs;
  settings?(size: S, random: Random): Settings;
}

/** The check of a kernel that has tiles to choose from. */
export interface TileCheck<S, P extends Parameters = Parameters, B extends Bindings<S> = Bindings<S>>
  extends KernelCheck<S, P, B> {
  /** A small size that is computed by the same tile: its reference takes little time. */
  shrink(size: S): S;
}

/** A check whose size's type does not matter: it is only given sizes of its own kernel. */
export type AnyKernelCheck = Omit<KernelCheck<unknown>, 'kernel'> & { readonly kernel: AnyKernel };
export type AnyTileCheck = Omit<TileCheck<unknown>, 'kernel'> & { readonly kernel: AnyKernel };

/** A reference whose size's type does not matter: it is only given sizes of its own kernel. */
export type AnyKernelReference = Omit<KernelReference<unknown>, 'kernel'> & { readonly kernel: AnyKernel };

/* @__NO_SIDE_EFFECTS__ */
export const defineReference = <S, P extends Parameters, B extends Bindings<S>>(
  reference: KernelReference<S, P, B>,
): KernelReference<S, P, B> => reference;

/* @__NO_SIDE_EFFECTS__ */
export const defineTileCheck = <S, P extends Parameters, B extends Bindings<S>>(
  check: TileCheck<S, P, B>,
): TileCheck<S, P, B> => check;

export interface CheckOptions {
  /** Bindings whose buffers hold f16. */
  readonly packedF16?: readonly string[];
  /** False: shaders with their loops kept. */
  readonly unroll?: boolean | undefined;
  /** Which of its texts (default: 'portable'). */
  readonly shader?: ShaderKind | undefined;
  /** Bytes ahead of each storage binding and after it that must stay untouched; a multiple of 256 (default: 0). */
  readonly margin?: number;
}

/** A written binding's buffer beside what it must hold. */
export interface Written {
  readonly name: string;
  /** Its words, margins included, ahead of the run and after it. */
  readonly before: Uint32Array<ArrayBuffer>;
  readonly after: Uint8Array<ArrayBuffer>;
  /** Its elements, without margins. */
  readonly got: ArrayLike<number>;
  readonly expected: Expected;
}

/** NaN as float32 and, both of them, as f16. */
const POISON = 0x7fc07edd;

/**
 * Runs a kernel on inputs, and its reference.
 * @throws ShaderError where inputs or reference do not fit the kernel's bindings; GpuError, DeviceLostError
 */
export async function runCheck(
  device: Device,
  check: AnyKernelCheck,
  size: unknown,
  parameters: Parameters,
  given: Inputs,
  settings: Settings,
  options: CheckOptions = {},
): Promise<Written[]> {
  const { packedF16 = [], unroll, shader } = options;
  const compiled = await device.pipelines.get(check.kernel, parameters, [], packedF16, unroll, shader);
  return runCompiled(device, compiled, check, size, parameters, given, settings, options);
}

/** The same by a pipeline of the variant. */
export async function runCompiled(
  device: CheckedGpu,
  compiled: Compiled,
  check: AnyKernelCheck,
  size: unknown,
  parameters: Parameters,
  given: Inputs,
  settings: Settings,
  { packedF16 = [], margin = 0 }: Omit<CheckOptions, 'unroll' | 'shader'> = {},
): Promise<Written[]> {
  const { kernel } = check;
  const inputs = roundedToF16(given, packedF16);
  const contents = new Map<string, Uint32Array<ArrayBuffer>>();
  for (const [name, binding] of Object.entries(kernel.bindings)) {
    const isF16 = packedF16.includes(name);
    const bytes = isStorage(binding) ? bindingBytes(binding, size, parameters, isF16) : undefined;
    const words = isStorage(binding)
      ? storageContent(kernel.id, name, binding.kind, bytes ?? 0, margin, isF16 ? asF16(inputs[name]) : inputs[name])
      : settingsContent(binding, settings[name]);
    if (words) contents.set(name, words);
  }
  const written = await runKernel(device, compiled, { kernel, size, parameters, contents, margin });
  const elements = (name: string) => {
    const binding = kernel.bindings[name];
    const whole = written.get(name) ?? new Uint8Array();
    const bytes = whole.slice(margin, whole.length - margin);
    if (packedF16.includes(name)) return unpackF16(bytes);
    const element = binding && isStorage(binding) ? binding.element : 'f32';
    if (element === 'i32') return new Int32Array(bytes.buffer);
    return isInteger(element) ? new Uint32Array(bytes.buffer) : new Float32Array(bytes.buffer);
  };
  const stored = (out: Expected): Expected =>
    packedF16.includes('out') && written.has('out') ? { ...out, values: elements('out') } : out;
  const expected = check.reference(size, inputs, parameters, settings, stored);
  return [...written].map(([name, after]) => {
    const want = expected[name];
    if (!want) throw new ShaderError(kernel.id, `writes ${name}, for which its check has no reference`);
    return { name, before: contents.get(name) ?? new Uint32Array(), after, got: elements(name), expected: want };
  });
}

const isInteger = (element: string): boolean => /u$|u32|i32/.test(element);

/** A buffer of poison with the input in it; undefined where the variant does not use the binding. */
function storageContent(
  id: string,
  name: string,
  kind: 'read' | 'write',
  bytes: number,
  margin: number,
  input: Data | undefined,
): Uint32Array<ArrayBuffer> | undefined {
  if (bytes === 0) return undefined;
  const words = new Uint32Array((bytes + 2 * margin) / 4).fill(POISON);
  if (input) {
    if (4 * input.length !== bytes)
      throw new ShaderError(id, `binds ${bytes / 4} words of ${name}, its check gives ${input.length}`);
    words.set(new Uint32Array(input.buffer, input.byteOffset, input.length), margin / 4);
  } else if (kind === 'read') {
    throw new ShaderError(id, `reads ${name}, for which its check has no input`);
  }
  return words;
}

function settingsContent(
  binding: Exclude<Binding<unknown>, { readonly kind: 'read' | 'write' }>,
  values: Readonly<Record<string, number>> | undefined,
): Uint32Array<ArrayBuffer> | undefined {
  if (binding.kind === 'shape' || (binding.optional && !values)) return undefined;
  const words = new Uint32Array(fieldBytes(binding.fields) / 4).fill(POISON);
  writeFields(binding.fields, values ?? {}, new DataView(words.buffer));
  return words;
}

/** Two f16 values per word; a NaN stays one. */
const asF16 = (data: Data | undefined): Uint32Array<ArrayBuffer> | undefined =>
  data && new Uint32Array(float16Bits(Float32Array.from(data)).buffer);

/** The inputs, with the nearest f16 values for bindings that hold f16. */
export function roundedToF16(inputs: Inputs, packedF16: readonly string[]): Inputs {
  const rounded = packedF16.flatMap((name): [string, Data][] => {
    const bits = asF16(inputs[name]);
    return bits ? [[name, unpackF16(new Uint8Array(bits.buffer))]] : [];
  });
  return { ...inputs, ...Object.fromEntries(rounded) };
}

export interface Comparison {
  /** The largest error, as a multiple of what is allowed. */
  readonly worst: number;
  /** A line for each element that is wrong: `out[3] (channel 0, column 3): got 2, expected 1, off by 9.1e+4 tolerances`. */
  readonly problems: readonly string[];
  /** Elements that are wrong. */
  readonly wrong: number;
}

/**
 * Compares a binding's elements with what is expected. Integers must be equal; so must what is not finite.
 * @param finite what finite inputs give, where the inputs hold NaN or infinities: it says which elements are written, and
 * how large their terms are
 * @param most problems that are worded
 */
export function compare(
  check: AnyKernelReference,
  size: unknown,
  parameters: Parameters,
  { name, got, expected }: Pick<Written, 'name' | 'got' | 'expected'>,
  packedF16: readonly string[] = [],
  finite: Expected = expected,
  most = Number.POSITIVE_INFINITY,
): Comparison {
  const binding = check.kernel.bindings[name];
  const isF16 = packedF16.includes(name);
  const isExact = !isF16 && binding !== undefined && isStorage(binding) && isInteger(binding.element);
  const allowed = (check.roundings(size, parameters) + 2) * 2 ** -24;
  if (expected.values.length > got.length)
    return {
      worst: 0,
      wrong: expected.values.length - got.length,
      problems: [`${name} has ${got.length} elements, the reference ${expected.values.length}`],
    };
  const problems: string[] = [];
  let [worst, wrong] = [0, 0];
  for (let i = 0; i < expected.values.length; i++) {
    const value = expected.values[i] ?? Number.NaN;
    const own = got[i] ?? Number.NaN;
    if (Number.isNaN(finite.values[i] ?? Number.NaN) || Object.is(own, value)) continue;
    const report = (more = '') => {
      if (++wrong <= most) problems.push(`${elementName(check, name, i, size)}: got ${own}, expected ${value}${more}`);
    };
    if (!Number.isFinite(value) && !isExact) {
      report();
      continue;
    }
    const rounding = isF16 ? 2 ** -11 * Math.abs(value) + 2 ** -24 : 1e-38;
    const magnitude = expected.magnitude[i] ?? 0;
    // An infinity that ReLU has closed is none of its terms.
    const terms = Number.isFinite(magnitude) ? magnitude : (finite.magnitude[i] ?? 0);
    const bound = isExact ? 0 : allowed * Math.max(terms, Math.abs(value)) + rounding;
    const error = Math.abs(own - value);
    if (!(error <= bound)) report(`, off by ${(error / bound).toPrecision(3)} tolerances`);
    if (error > 0) worst = Math.max(worst, error / bound);
  }
  return { worst, problems, wrong };
}

/** `out[3] (channel 0, column 3)`. */
export function elementName(check: AnyKernelReference, name: string, index: number, size: unknown): string {
  const place = check.place?.(name, index, size);
  return `${name}[${index}]${place ? ` (${place})` : ''}`;
}

/** Fixed: whether a tile is rejected must not change from run to run. */
const SEED = 20_260_101;

/**
 * Checks a kernel with a tile's parameters at a small size, by the very pipeline that a plan uses: sizes are uniforms.
 * @returns the first element that is wrong; undefined where none is
 * @throws GpuError, DeviceLostError
 */
export async function checkTile(
  device: Device,
  check: AnyTileCheck,
  size: unknown,
  parameters: Parameters,
  packedF16: readonly string[] = [],
): Promise<string | undefined> {
  const small = check.shrink(size);
  const random = new Random(SEED);
  const inputs = check.inputs(small, random, parameters);
  const settings = check.settings?.(small, random) ?? {};
  for (const written of await runCheck(device, check, small, parameters, inputs, settings, { packedF16 })) {
    const [problem] = compare(check, small, parameters, written, packedF16).problems;
    if (problem !== undefined) return problem;
  }
  return undefined;
}
