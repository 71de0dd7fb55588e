// A kernel's test cases, and how one of them runs: the kernel check of src/shaders/check-kernel.ts, with canaries around
// every slice, what the reference leaves out untouched to the bit, and inputs with NaN and infinities. Knows neither DOM nor
// Node: the same suites run in Chromium, Node and Deno.

import type { Device } from '../../../src/runtime/device.ts';
import {
  type AnyKernel,
  type Bindings,
  isStorage,
  type Parameters,
  type ShaderKind,
} from '../../../src/runtime/kernel.ts';
import {
  type AnyKernelCheck,
  compare,
  type Expected,
  elementName,
  type Inputs,
  type KernelCheck,
  roundedToF16,
  runCheck,
  type Settings,
  type Written,
} from '../../../src/shaders/check-kernel.ts';
import type { Random } from '../../../src/shaders/random-inputs.ts';

export interface KernelSuite<S, P extends Parameters = Parameters, B extends Bindings<S> = Bindings<S>>
  extends KernelCheck<S, P, B> {
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
  /** NaN of both signs and both infinities, one at a time in each input: given once for every kernel. */
  readonly nonFinite?: NonFinite;
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

/** A suite whose size's type does not matter. */
export type AnySuite = Omit<KernelSuite<unknown>, 'kernel'> & { readonly kernel: AnyKernel };

export const defineSuite = <S, P extends Parameters, B extends Bindings<S>>(suite: KernelSuite<S, P, B>): AnySuite =>
  suite;

export interface CaseResult {
  readonly passed: boolean;
  readonly message: string;
  /** Largest error, in units of what is allowed. */
  readonly worst: number;
}

const CANARY_BYTES = 256;
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
  /** Which of its texts (default: 'portable'). */
  readonly shader?: ShaderKind;
}

export async function runCase(
  device: Device,
  suite: AnySuite,
  size: unknown,
  variant: Parameters,
  random: Random,
  { packedF16 = [], unroll = true, nonFinite, kernel = suite.kernel, shader }: CaseOptions = {},
): Promise<CaseResult> {
  const check = { ...suite, kernel };
  const parameters = { ...kernel.choose(size), ...variant };
  const given = suite.inputs(size, random, parameters);
  const settings = suite.settings?.(size, random) ?? {};
  const once = async (inputs: Inputs, finite?: Readonly<Record<string, Expected>>): Promise<CaseResult> => {
    const options = { packedF16, unroll, margin: CANARY_BYTES, shader };
    let worst = 0;
    const problems: string[] = [];
    for (const written of await runCheck(device, check, size, parameters, inputs, settings, options)) {
      const reference = finite?.[written.name] ?? written.expected;
      const compared = compare(check, size, parameters, written, packedF16, reference);
      const isF16 = packedF16.includes(written.name);
      const found = [...compared.problems, ...overwritten(check, size, written, reference, isF16)];
      const more = found.length - SHOWN;
      worst = Math.max(worst, compared.worst);
      problems.push(...found.slice(0, SHOWN), ...(more > 0 ? [`... and ${more} more`] : []));
    }
    return { passed: problems.length === 0, message: problems.join('\n'), worst };
  };
  if (!nonFinite) return await once(given);
  // NaN in a reference stands for what is not written: those of finite inputs tell.
  const finite = finiteReference(suite, size, given, parameters, settings, packedF16);
  let worst = 0;
  for (const [name, inputs] of poisoned(kernel, given, nonFinite, random)) {
    const result = await once(inputs, finite);
    if (!result.passed) return { ...result, message: `${name}: ${result.message}` };
    worst = Math.max(worst, result.worst);
  }
  return { passed: true, message: '', worst };
}

const finiteReference = (
  suite: AnySuite,
  size: unknown,
  given: Inputs,
  parameters: Parameters,
  settings: Settings,
  packedF16: readonly string[],
) => suite.reference(size, roundedToF16(given, packedF16), parameters, settings, (out) => out);

/** Canaries, and elements that the reference leaves out, that did not come back as they were, bit for bit. */
function overwritten(
  check: AnyKernelCheck,
  size: unknown,
  { name, before, after }: Written,
  { values }: Expected,
  isF16: boolean,
): string[] {
  const elements = (buffer: ArrayBuffer) => (isF16 ? new Uint16Array(buffer) : new Uint32Array(buffer));
  const was = elements(before.buffer);
  const is = elements(after.buffer);
  const canary = CANARY_BYTES / (isF16 ? 2 : 4);
  const problems: string[] = [];
  for (let i = 0; i < was.length; i++) {
    const element = i - canary;
    if (is[i] === was[i] || (element >= 0 && !Number.isNaN(values[element] ?? Number.NaN))) continue;
    problems.push(
      `${elementName(check, name, element, size)} was written (bits ${is[i]?.toString(16)}) and must not be`,
    );
  }
  return problems;
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
