// A kernel on trial: inputs for any size, and what it must make of them, in float64. Tests hold kernels against these at
// many sizes; the tuner holds each tile against them on the GPU that it is to run on.

import type { AnyKernel, Bindings, Kernel, Parameters, Promoted } from '../runtime/kernel.ts';
import type { Random } from './random-inputs.ts';

export type Data = Float32Array | Uint32Array | Int32Array;
export type Inputs = Readonly<Record<string, Data>>;
export type Settings = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What a binding must hold afterwards. NaN in `values`: untouched. `magnitude`: sum of the terms' absolute values. */
export interface Expected {
  readonly values: ArrayLike<number>;
  readonly magnitude: ArrayLike<number>;
}

export interface KernelCheck<S, P extends Parameters = Parameters, B extends Bindings<S> = Bindings<S>> {
  readonly kernel: Kernel<S, P, B>;
  /** A small size on which the same tile can be tried, for a reference that is soon done. */
  shrink(size: S): S;
  /** Contents of every storage binding that is read (and of those added to). */
  inputs(size: S, random: Random, parameters: Promoted<P>): Inputs;
  settings?(size: S, random: Random): Settings;
  /** Every written binding's content, from the same inputs. `stored(out)`: `out` as its readers find it. */
  reference(
    size: S,
    inputs: Inputs,
    parameters: Promoted<P>,
    settings: Settings,
    stored?: (out: Expected) => Expected,
  ): Readonly<Record<string, Expected>>;
  /** Roundings of float32 on the way to one element: the error allowed is this, times 2^-24, times the magnitude. */
  roundings(size: S, parameters: Promoted<P>): number;
  /** Where an element lies, for a failure's message. */
  place(binding: string, index: number, size: S): string;
}

/** A trial whose size's type does not matter: only sizes of its own kernel's passes come here. */
export type AnyKernelCheck = Omit<KernelCheck<unknown>, 'kernel'> & { readonly kernel: AnyKernel };

export const defineKernelCheck = <S, P extends Parameters, B extends Bindings<S>>(
  kernelCheck: KernelCheck<S, P, B>,
): KernelCheck<S, P, B> => kernelCheck;

export const asRead = (out: Expected): Expected => out;
