// Runs one kernel at one size on a GPU and holds every written element against a float64 reference. Outputs start as
// NaN poison, slices lie between canaries, and what the reference leaves out must come back untouched, bit for bit.
// Bindings may be held as f16: the reference gets what f16 holds of the inputs, and `out` may be off by their rounding.
// Knows neither DOM nor Node: the same suites run in Chromium, Node and Deno.

import { unpackF16 } from '../../../src/data/float16.ts';
import { packF16, roundedToF16 } from '../../../src/densenet/autotune/f16-inputs.ts';
import type { Device } from '../../../src/runtime/device.ts';
import { Executable } from '../../../src/runtime/executable.ts';
import {
  type AnyKernel,
  type Bindings,
  bindingBytes,
  type ELEMENT_BYTES,
  fieldBytes,
  isStorage,
  type Kernel,
  type Parameters,
  type Promoted,
  writeFields,
} from '../../../src/runtime/kernel.ts';
import { Program, type Region, slice } from '../../../src/runtime/program.ts';
import { download } from '../../../src/runtime/readback.ts';
import type { Random } from './random-inputs.ts';

export type Data = Float32Array | Uint32Array | Int32Array;
export type Inputs = Readonly<Record<string, Data>>;

/** What a binding must hold afterwards. NaN in `values`: untouched. `magnitude`: sum of the terms' absolute values. */
export interface Expected {
  readonly values: ArrayLike<number>;
  readonly magnitude: ArrayLike<number>;
}

export interface KernelSuite<S, P extends Parameters = Parameters, B extends Bindings<S> = Bindings<S>> {
  readonly kernel: Kernel<S, P, B>;
  /** Named for why they exist. */
  readonly sizes: Readonly<Record<string, S>>;
  /** Fresh awkward sizes at every run; the seed is part of the case's name. */
  readonly random?: { readonly count: number; size(random: Random): S };
  /** Parameters beside what `choose` picks, by name; each runs at every size. Default: one, as chosen. */
  readonly variants?: Readonly<Record<string, Parameters>>;
  /**
   * The variant that also runs with features as f16, the first if it is not named: what reads and writes them is the
   * same in all. False: none.
   */
  readonly packedF16?: string | false;
  /** Contents of every storage binding that is read (and of those added to); settings as fields. */
  inputs(size: S, random: Random, parameters: Promoted<P>): Inputs;
  settings?(size: S, random: Random): Readonly<Record<string, Readonly<Record<string, number>>>>;
  /**
   * Every written binding's content, from the same inputs. `stored(out)` is `out` as readers will find it: the very
   * f16 values that the GPU wrote, where it writes f16; whatever is computed from `out` must start from that.
   */
  reference(
    size: S,
    inputs: Inputs,
    parameters: Promoted<P>,
    settings: Readonly<Record<string, Readonly<Record<string, number>>>>,
    stored: (out: Expected) => Expected,
  ): Readonly<Record<string, Expected>>;
  /** Roundings of float32 on the way to one element: the error allowed is this, times 2^-24, times the magnitude. */
  roundings(size: S, parameters: Promoted<P>): number;
  /** NaN of both signs and both infinities, one at a time in each input: given once for every kernel. */
  readonly nonFinite?: NonFinite;
  /** Where an element lies, for a failure's message. */
  place?(binding: string, index: number, size: S): string;
}

export interface NonFinite {
  /** Name of one of the suite's sizes, a small one: the same pipelines. */
  readonly size: string;
  /** Of the suite's variants; default: all. */
  readonly variants?: readonly string[];
  /** Bindings of u32 that hold the bits of floats. */
  readonly bits?: readonly string[];
  /** Changes what cannot be beside the value that was put at `index`. */
  with?(binding: string, data: Float32Array, index: number): void;
  /** Whether an input may hold the value there. Zeros, which may be padding, never do. */
  allows?(binding: string, index: number, value: number, inputs: Inputs): boolean;
}

/** A suite whose size type does not matter. */
export type AnySuite = KernelSuite<unknown>;

export const defineSuite = <S, P extends Parameters, B extends Bindings<S>>(suite: KernelSuite<S, P, B>): AnySuite =>
  suite as unknown as AnySuite;

export interface CaseResult {
  readonly passed: boolean;
  readonly message: string;
  /** Largest error, in units of what is allowed. */
  readonly worst: number;
}

const CANARY_BYTES = 256;
/** NaN as float32 and, both of them, as f16. */
const POISON = 0x7fc07edd;
/** Wrong elements of a binding that a failure shows. */
const SHOWN = 6;

export interface CaseOptions {
  /** Bindings that are held as f16. */
  readonly packedF16?: readonly string[];
  readonly unroll?: boolean;
  /** The inputs hold values that are not finite, one at a time. */
  readonly nonFinite?: NonFinite | undefined;
  /** Instead of the suite's own: the same bindings and parameters. */
  readonly kernel?: AnyKernel;
}

export async function runCase(
  device: Device,
  suite: AnySuite,
  size: unknown,
  variant: Parameters,
  random: Random,
  { packedF16 = [], unroll = true, nonFinite, kernel = suite.kernel }: CaseOptions = {},
): Promise<CaseResult> {
  const parameters = { ...kernel.choose(size), ...variant };
  const given = suite.inputs(size, random, parameters);
  const settings = suite.settings?.(size, random) ?? {};
  const program = new Program();
  const regions: Record<string, Region> = {};
  const whole: Record<string, Region> = {};
  for (const [name, binding] of Object.entries(kernel.bindings)) {
    if (binding.kind === 'shape') continue;
    const half = packedF16.includes(name);
    const bytes = isStorage(binding) ? bindingBytes(binding, size, parameters, half) : fieldBytes(binding.fields);
    if (bytes === 0) continue;
    if (!isStorage(binding) && binding.optional && !settings[name]) continue;
    const canary = isStorage(binding) ? CANARY_BYTES : 0;
    const region = program.buffer(
      name,
      bytes + 2 * canary,
      'persistent',
      isStorage(binding) ? 'test' : 'settings',
      half,
    );
    whole[name] = region;
    regions[name] = slice(region, canary, bytes);
  }
  program.pass(kernel, size, regions, { parameters: variant });
  const run = await Executable.create(device, program, undefined, unroll);
  const once = async (raw: Inputs, finite?: Readonly<Record<string, Expected>>): Promise<CaseResult> => {
    const inputs = roundedToF16(raw, packedF16);
    const before = new Map<string, Uint32Array>();
    for (const [name, region] of Object.entries(whole)) {
      const words = new Uint32Array(region.bytes / 4).fill(POISON);
      const binding = kernel.bindings[name];
      const input = inputs[name];
      const held = input && packedF16.includes(name) ? packF16(input) : input;
      if (binding && !isStorage(binding)) writeFields(binding.fields, settings[name] ?? {}, new DataView(words.buffer));
      else if (held) {
        const want = (regions[name]?.bytes ?? 0) / 4;
        if (held.length !== want)
          return failed(`${name}: the suite gives ${held.length} words, the kernel binds ${want}`);
        words.set(new Uint32Array(held.buffer, held.byteOffset, held.length), CANARY_BYTES / 4);
      } else if (binding?.kind === 'read') return failed(`${name} is read, but the suite gives no input for it`);
      before.set(name, words);
      const at = run.at(region);
      device.gpu.queue.writeBuffer(at.buffer, at.offset, words);
    }
    await device.checked(kernel.id, () => run.submit(['main']));
    const written = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const [name, region] of Object.entries(whole)) {
      if (kernel.bindings[name]?.kind === 'write') written.set(name, await download(device, run.at(region)));
    }
    const stored = (out: Expected): Expected => {
      const bytes = packedF16.includes('out') ? written.get('out') : undefined;
      if (!bytes) return out;
      return { values: unpackF16(bytes.slice(CANARY_BYTES, -CANARY_BYTES)), magnitude: out.magnitude };
    };
    const expected = suite.reference(size, inputs, parameters, settings, stored);
    let worst = 0;
    const problems: string[] = [];
    for (const [name, after] of written) {
      const binding = kernel.bindings[name];
      if (binding?.kind !== 'write') continue;
      const want = expected[name];
      if (!want) return failed(`${name} is written, but the reference says nothing of it`);
      const start = before.get(name) ?? new Uint32Array();
      const element = packedF16.includes(name) ? 'half' : binding.element;
      const outcome = compare(suite, size, parameters, name, want, after, start, element, finite?.[name]);
      worst = Math.max(worst, outcome.worst);
      problems.push(...outcome.problems);
    }
    return { passed: problems.length === 0, message: problems.join('\n'), worst };
  };
  try {
    if (!nonFinite) return await once(given);
    // NaN in a reference stands for what is not written: those of finite inputs tell.
    const finite = suite.reference(size, roundedToF16(given, packedF16), parameters, settings, (out) => out);
    let worst = 0;
    for (const [name, inputs] of poisoned(kernel, given, nonFinite, random)) {
      const result = await once(inputs, finite);
      if (!result.passed) return { ...result, message: `${name}: ${result.message}` };
      worst = Math.max(worst, result.worst);
    }
    return { passed: true, message: '', worst };
  } finally {
    run.destroy();
  }
}

/** Both NaNs and both infinities, at the input's end, its beginning and anywhere. */
const NON_FINITE = [
  { bits: 0x7fc00001, place: 'last' },
  { bits: 0xffc00001, place: 'any' },
  { bits: 0x7f800000, place: 'last' },
  { bits: 0xff800000, place: 'first' },
  { bits: 0x7f800000, place: 'any' },
] as const;

/** The inputs with one value that is not finite, named. */
function* poisoned(
  kernel: AnyKernel,
  inputs: Inputs,
  { bits = [], allows, with: change }: NonFinite,
  random: Random,
): Generator<[string, Inputs]> {
  for (const [name, data] of Object.entries(inputs)) {
    const binding = kernel.bindings[name];
    if (!binding || !isStorage(binding) || !(data instanceof Float32Array || bits.includes(name))) continue;
    const floats = new Float32Array(data.buffer, data.byteOffset, data.length);
    for (const { bits: word, place } of NON_FINITE) {
      const value = new Float32Array(Uint32Array.of(word).buffer)[0] ?? Number.NaN;
      const places = [...floats.keys()].filter((i) => {
        const old = floats[i] ?? 0;
        return Number.isFinite(old) && old !== 0 && (allows?.(name, i, value, inputs) ?? true);
      });
      if (places.length === 0) continue;
      const chosen = { first: 0, last: places.length - 1, any: random.integer(0, places.length - 1) }[place];
      const at = places[chosen] ?? 0;
      const copy = data.slice();
      new Uint32Array(copy.buffer)[at] = word;
      change?.(name, new Float32Array(copy.buffer), at);
      yield [`${name}[${at}] = ${(word >>> 31) === 1 ? '-' : '+'}${Math.abs(value)}`, { ...inputs, [name]: copy }];
    }
  }
}

const failed = (message: string): CaseResult => ({ passed: false, message, worst: Number.POSITIVE_INFINITY });

function compare(
  suite: AnySuite,
  size: unknown,
  parameters: Parameters,
  name: string,
  want: Expected,
  after: Uint8Array<ArrayBuffer>,
  before: Uint32Array,
  element: keyof typeof ELEMENT_BYTES | 'half',
  /** What finite inputs make: where it writes, and how large the terms are. */
  finite: Expected = want,
): { worst: number; problems: string[] } {
  const half = element === 'half';
  const words = half ? new Uint16Array(after.buffer) : new Uint32Array(after.buffer);
  const untouched = half ? new Uint16Array(before.buffer) : before;
  const integers = /u$|u32|i32/.test(element);
  const floats = () => (half ? unpackF16(after) : new Float32Array(after.buffer));
  const got = integers ? (element === 'i32' ? new Int32Array(after.buffer) : words) : floats();
  const allowed = (suite.roundings(size, parameters) + 2) * 2 ** -24;
  const canary = CANARY_BYTES / (half ? 2 : 4);
  const problems: string[] = [];
  let worst = 0;
  const inside = words.length - 2 * canary;
  // A buffer is padded to 16 bytes; what lies beyond the binding counts as canary.
  if (want.values.length > inside)
    return { worst: 0, problems: [`${name}: the reference has ${want.values.length} elements`] };
  for (let i = 0; i < words.length; i++) {
    const value = i >= canary ? (want.values[i - canary] ?? Number.NaN) : Number.NaN;
    if (i < canary || Number.isNaN(finite.values[i - canary] ?? Number.NaN)) {
      if (words[i] !== untouched[i])
        problems.push(
          `${name}[${i - canary}]${where(suite, name, i - canary, size)} was written (${got[i]}) and must not be`,
        );
      continue;
    }
    const own = got[i] ?? Number.NaN;
    if (!Number.isFinite(value) && !integers) {
      if (!Object.is(own, value))
        problems.push(`${name}[${i - canary}]${where(suite, name, i - canary, size)}: got ${own}, expected ${value}`);
      continue;
    }
    const rounded = half ? 2 ** -11 * Math.abs(value) + 2 ** -24 : 1e-38;
    const magnitude = want.magnitude[i - canary] ?? 0;
    // An infinity that ReLU has closed is none of its terms.
    const terms = Number.isFinite(magnitude) ? magnitude : (finite.magnitude[i - canary] ?? 0);
    const bound = integers ? 0 : allowed * Math.max(terms, Math.abs(value)) + rounded;
    const error = Math.abs(own - value);
    if (!(error <= bound))
      problems.push(
        `${name}[${i - canary}]${where(suite, name, i - canary, size)}: got ${got[i]}, expected ${value}, off by ${(error / bound).toPrecision(3)} tolerances`,
      );
    if (error > 0) worst = Math.max(worst, error / bound);
  }
  const more = problems.length - SHOWN;
  return { worst, problems: more > 0 ? [...problems.slice(0, SHOWN), `... and ${more} more`] : problems };
}

const where = (suite: AnySuite, name: string, index: number, size: unknown): string => {
  const text = suite.place?.(name, index, size);
  return text ? ` (${text})` : '';
};
