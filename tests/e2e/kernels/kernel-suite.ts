// Runs one kernel at one size on a GPU and holds every written element against a float64 reference. Outputs start as
// NaN poison, slices lie between canaries, and what the reference leaves out must come back untouched, bit for bit.
// Bindings may be held as halves: the reference gets what halves hold of the inputs, and `out` may be off by their rounding.
// Knows neither DOM nor Node: the same suites run in Chromium, Node and Deno.

import { fromHalves } from '../../../src/data/half-bits.ts';
import { asHalves, toHalves } from '../../../src/densenet/tune/half-inputs.ts';
import type { Device } from '../../../src/runtime/device.ts';
import { Executable } from '../../../src/runtime/executable.ts';
import {
  type Bindings,
  bindingBytes,
  type ELEMENT_BYTES,
  fieldBytes,
  isStorage,
  type Kernel,
  type Parameters,
  type Widened,
  writeFields,
} from '../../../src/runtime/kernel.ts';
import { Program, type Region, slice } from '../../../src/runtime/program.ts';
import { download } from '../../../src/runtime/readback.ts';
import type { Loops } from '../../../src/runtime/specialize.ts';
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
   * The variant that also runs with features as halves, the first if it is not named: what reads and writes them is the
   * same in all. False: none.
   */
  readonly halves?: string | false;
  /** Contents of every storage binding that is read (and of those added to); settings as fields. */
  inputs(size: S, random: Random, parameters: Widened<P>): Inputs;
  settings?(size: S, random: Random): Readonly<Record<string, Readonly<Record<string, number>>>>;
  /**
   * Every written binding's content, from the same inputs. `stored(out)` is `out` as readers will find it: the very
   * halves that the GPU wrote, where it writes halves; whatever is computed from `out` must start from that.
   */
  reference(
    size: S,
    inputs: Inputs,
    parameters: Widened<P>,
    settings: Readonly<Record<string, Readonly<Record<string, number>>>>,
    stored: (out: Expected) => Expected,
  ): Readonly<Record<string, Expected>>;
  /** Roundings of float32 on the way to one element: the error allowed is this, times 2^-24, times the magnitude. */
  roundings(size: S, parameters: Widened<P>): number;
  /** Where an element lies, for a failure's message. */
  place?(binding: string, index: number, size: S): string;
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
/** NaN as float32 and, both of them, as halves. */
const POISON = 0x7fc07edd;
/** Wrong elements of a binding that a failure shows. */
const SHOWN = 6;

export async function runCase(
  device: Device,
  suite: AnySuite,
  size: unknown,
  variant: Parameters,
  random: Random,
  halves: readonly string[] = [],
  loops: Loops = 'unrolled',
): Promise<CaseResult> {
  const { kernel } = suite;
  const parameters = { ...kernel.choose(size), ...variant };
  const inputs = asHalves(suite.inputs(size, random, parameters), halves);
  const settings = suite.settings?.(size, random) ?? {};
  const program = new Program();
  const regions: Record<string, Region> = {};
  const whole: Record<string, Region> = {};
  for (const [name, binding] of Object.entries(kernel.bindings)) {
    if (binding.kind === 'shape') continue;
    const half = halves.includes(name);
    const bytes = isStorage(binding) ? bindingBytes(binding, size, parameters, half) : fieldBytes(binding.fields);
    if (bytes === 0) continue;
    if (!isStorage(binding) && binding.optional && !settings[name]) continue;
    const canary = isStorage(binding) ? CANARY_BYTES : 0;
    const region = program.buffer(name, bytes + 2 * canary, 'kept', isStorage(binding) ? 'test' : 'settings', half);
    whole[name] = region;
    regions[name] = slice(region, canary, bytes);
  }
  program.pass(kernel, size, regions, { parameters: variant });
  const run = await Executable.create(device, program, undefined, loops);
  try {
    const before = new Map<string, Uint32Array>();
    for (const [name, region] of Object.entries(whole)) {
      const words = new Uint32Array(region.bytes / 4).fill(POISON);
      const binding = kernel.bindings[name];
      const input = inputs[name];
      const given = input && halves.includes(name) ? toHalves(input) : input;
      if (binding && !isStorage(binding)) writeFields(binding.fields, settings[name] ?? {}, new DataView(words.buffer));
      else if (given) {
        const want = (regions[name]?.bytes ?? 0) / 4;
        if (given.length !== want)
          return failed(`${name}: the suite gives ${given.length} words, the kernel binds ${want}`);
        words.set(new Uint32Array(given.buffer, given.byteOffset, given.length), CANARY_BYTES / 4);
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
      const bytes = halves.includes('out') ? written.get('out') : undefined;
      if (!bytes) return out;
      return { values: fromHalves(bytes.slice(CANARY_BYTES, -CANARY_BYTES)), magnitude: out.magnitude };
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
      const element = halves.includes(name) ? 'half' : binding.element;
      const outcome = compare(suite, size, parameters, name, want, after, start, element);
      worst = Math.max(worst, outcome.worst);
      problems.push(...outcome.problems);
    }
    return { passed: problems.length === 0, message: problems.join('\n'), worst };
  } finally {
    run.destroy();
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
): { worst: number; problems: string[] } {
  const half = element === 'half';
  const words = half ? new Uint16Array(after.buffer) : new Uint32Array(after.buffer);
  const untouched = half ? new Uint16Array(before.buffer) : before;
  const integers = element.endsWith('u') || element.startsWith('u') || element === 'i32';
  const floats = () => (half ? fromHalves(after) : new Float32Array(after.buffer));
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
    if (Number.isNaN(value)) {
      if (words[i] !== untouched[i])
        problems.push(
          `${name}[${i - canary}]${where(suite, name, i - canary, size)} was written (${got[i]}) and must not be`,
        );
      continue;
    }
    const rounded = half ? 2 ** -11 * Math.abs(value) + 2 ** -24 : 1e-38;
    const bound = integers ? 0 : allowed * Math.max(want.magnitude[i - canary] ?? 0, Math.abs(value)) + rounded;
    const error = Math.abs((got[i] ?? Number.NaN) - value);
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
