// The type of a kernel's description. A kernel is a `.wgsl` file and, beside it, one description that says what it
// binds, how many workgroups a size needs and what it costs. Everything that uses kernels (plans, tests, benchmark,
// `describe`) reads this and nothing else. This layer does not know what any kernel computes.

import { ShaderError } from './errors.ts';
import { DEFAULT_TARGET, type TileTarget } from './tile-target.ts';

/** Types of storage elements, with their bytes. */
export const ELEMENT_BYTES = {
  f32: 4,
  u32: 4,
  i32: 4,
  'atomic<u32>': 4,
  vec2f: 8,
  vec4f: 16,
  vec2u: 8,
  vec4u: 16,
} as const;
export type Element = keyof typeof ELEMENT_BYTES;

/** Uniform structs hold scalars only, so that a field's offset is four times its place. */
export type Scalar = 'u32' | 'i32' | 'f32';
export type Fields = Readonly<Record<string, Scalar>>;
export type FieldValues<F extends Fields> = { readonly [K in keyof F]: number };

export interface StorageBinding<S, P extends Parameters = Parameters> {
  readonly kind: 'read' | 'write';
  readonly element: Element;
  /** An optional binding may be left out by a pass whose parameters do not use it: its length is 0 then. */
  readonly optional: boolean;
  /** Its values may be stored as f16, two per word: `specialize` adapts the text to the buffer that is bound. */
  readonly supportsF16Storage?: boolean;
  /** How many elements the kernel may touch at this size: exactly this range is bound. */
  length(size: S, parameters: Promoted<P>): number;
}

/** A uniform that the plan fills once, from the size. */
export interface ShapeBinding {
  readonly kind: 'shape';
  readonly fields: Fields;
}

/** A uniform that the caller owns and may rewrite between submits (learning rate, seed, step). */
export interface SettingsBinding {
  readonly kind: 'settings';
  readonly optional: boolean;
  readonly fields: Fields;
}

export type Binding<S> = StorageBinding<S> | ShapeBinding | SettingsBinding;
export type Bindings<S> = Readonly<Record<string, Binding<S>>>;

type Length<S> = (size: S, parameters: Promoted<Parameters>) => number;
type Bound<S, K extends 'read' | 'write', O extends boolean> = StorageBinding<S> & {
  readonly kind: K;
  readonly optional: O;
};

// Without side effects: a bundler drops the kernels that nobody uses.

/* @__NO_SIDE_EFFECTS__ */
export const read = <S>(element: Element, length: Length<S>): Bound<S, 'read', false> => ({
  kind: 'read',
  element,
  optional: false,
  length,
});
/** `read_write` in WGSL: outputs, and what is added to. */
/* @__NO_SIDE_EFFECTS__ */
export const write = <S>(element: Element, length: Length<S>): Bound<S, 'write', false> => ({
  kind: 'write',
  element,
  optional: false,
  length,
});
/* @__NO_SIDE_EFFECTS__ */
export const optionalRead = <S>(element: Element, length: Length<S>): Bound<S, 'read', true> => ({
  kind: 'read',
  element,
  optional: true,
  length,
});
/* @__NO_SIDE_EFFECTS__ */
export const optionalWrite = <S>(element: Element, length: Length<S>): Bound<S, 'write', true> => ({
  kind: 'write',
  element,
  optional: true,
  length,
});
/** A binding of f32 or vec4f whose buffer may hold f16 instead (runtime/packed-f16.wgsl). */
/* @__NO_SIDE_EFFECTS__ */
export const supportsF16Storage = <B extends object>(binding: B): B & { readonly supportsF16Storage: true } => ({
  ...binding,
  supportsF16Storage: true,
});

/* @__NO_SIDE_EFFECTS__ */
export const shape = <F extends Fields>(fields: F): { readonly kind: 'shape'; readonly fields: F } => ({
  kind: 'shape',
  fields,
});
/* @__NO_SIDE_EFFECTS__ */
export const settings = <F extends Fields>(fields: F) => ({ kind: 'settings', optional: false, fields }) as const;
/* @__NO_SIDE_EFFECTS__ */
export const optionalSettings = <F extends Fields>(fields: F) =>
  ({ kind: 'settings', optional: true, fields }) as const;

/** Values of module-scope `const`s (numbers, booleans) and `alias`es (type names), by name. */
export type Parameters = Readonly<Record<string, number | boolean | string>>;
export type Promoted<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends number
    ? number
    : P[K] extends boolean
      ? boolean
      : P[K] extends string
        ? string
        : P[K];
};

/** WGSL functions that families share; appended to a kernel's text. */
export interface Part {
  readonly name: string;
  readonly source: string;
  /** Its text where what the kernel writes is stored as f16, if that is another one. */
  readonly f16Source?: string;
  /** The same functions for tiles that stage no operands in workgroup memory, and the parameters of such tiles. */
  readonly unstaged?: { readonly source: string; readonly serves: (parameters: Parameters) => boolean };
  /** The same functions by subgroup operations, for a device that uses them; its `const SUBGROUP` is set then. */
  readonly subgroups?: string;
}

/**
 * Which of a kernel's texts a pass runs: the one that every GPU has; sums by subgroup operations (the same bits); products by
 * subgroup matrices. Where a device or a kernel lacks the other, the first.
 */
export type ShaderKind = 'portable' | 'subgroups' | 'matrix';

/** Floating-point operations (a multiply-add is two) and bytes moved to and from memory if each operand is moved once. */
export interface Cost {
  readonly flops: number;
  readonly bytes: number;
}

/** Bytes of one stored value (not vector) of each binding that supports f16 storage: 4, or 2 where it holds f16. */
export type ValueBytes<B> = {
  readonly [K in keyof B as B[K] extends { supportsF16Storage: true } ? K : never]: number;
};
/** One of the few tiles that a kernel may use at a size. Its name means the same at every size, its parameters may not. */
export interface TileCandidate {
  readonly name: string;
  readonly parameters: Parameters;
  /** Useful multiply-adds as a share of what its issue slots could do: padding, and what is loaded for each of them. */
  readonly density: number;
}

export type Grid = readonly [x: number, y: number, z: number];

type ShapeFields<B> = {
  [K in keyof B]: B[K] extends { kind: 'shape'; fields: infer F extends Fields } ? F : never;
}[keyof B];

export interface Kernel<S, P extends Parameters = Parameters, B extends Bindings<S> = Bindings<S>> {
  /** Its path under `src/shaders`: folder, file, label in traces and errors, row in the benchmark. */
  readonly id: string;
  readonly source: string;
  readonly parts: readonly Part[];
  /** Default parameters: those that the `.wgsl` file itself states. */
  readonly parameters: P;
  /** In binding order: the first is `@binding(0)`. */
  readonly bindings: B;
  /** The parameters to use for a size (tile, width) and a kind of GPU: pure, so that a plan knows them without a GPU. */
  choose(size: S, target?: TileTarget): Promoted<P>;
  /** The tiles that it may use instead, by name; empty where there is nothing to choose. All fit default limits. */
  tileCandidates(size: S, target?: TileTarget): readonly TileCandidate[];
  /** Parts of a split sum, `splitK` of the size, where sums are split: `factor` times the default's. */
  splitK?(size: S, parameters: Promoted<P>, factor: number, target?: TileTarget): number;
  shape(size: S, parameters: Promoted<P>): Readonly<Record<string, number>>;
  /** Workgroups; each axis at most 65,535. */
  grid(size: S, parameters: Promoted<P>): Grid;
  cost(size: S, parameters: Promoted<P>, bytes: ValueBytes<B>): Cost;
}

export interface KernelDescription<S, P extends Parameters, B extends Bindings<S>> {
  readonly id: string;
  readonly source: string;
  readonly parts?: readonly Part[];
  readonly parameters: P;
  readonly bindings: B;
  readonly choose?: (size: S, target: TileTarget) => Partial<Promoted<P>>;
  readonly tileCandidates?: (size: S, target: TileTarget) => readonly TileCandidate[];
  readonly splitK?: (size: S, parameters: Promoted<P>, factor: number, target?: TileTarget) => number;
  readonly shape: (size: S, parameters: Promoted<P>) => FieldValues<ShapeFields<B>>;
  readonly grid: (size: S, parameters: Promoted<P>) => Grid;
  readonly cost: (size: S, parameters: Promoted<P>, bytes: ValueBytes<B>) => Cost;
}

/**
 * Any kernel, where its size's type does not matter (a catalogue, a pass that is already recorded). Its methods take
 * their sizes bivariantly: call them only with a size that was checked when the pass was recorded.
 */
export type AnyKernel = Kernel<unknown, Parameters, Bindings<unknown>>;

/** One kernel's description, its types inferred. */
/* @__NO_SIDE_EFFECTS__ */
export function defineKernel<S, const P extends Parameters, const B extends Bindings<S>>(
  description: KernelDescription<S, P, B> & { readonly parameters: Promoted<P> },
): Kernel<S, P, B> {
  const { choose, tileCandidates, parts = [], ...rest } = description;
  const defaults: Promoted<P> = description.parameters;
  return {
    ...rest,
    parts,
    choose: (size, target = DEFAULT_TARGET) => ({ ...defaults, ...choose?.(size, target) }),
    tileCandidates: (size, target = DEFAULT_TARGET) => tileCandidates?.(size, target) ?? [],
  };
}

type Needed<B> = {
  [K in keyof B]: B[K] extends { kind: 'shape' } ? never : B[K] extends { optional: true } ? never : K;
}[keyof B];
type Optional<B> = { [K in keyof B]: B[K] extends { optional: true } ? K : never }[keyof B];

/** What a pass supplies: every storage and settings binding by name, the optional ones where they are used. */
export type Supplied<B, R> = { readonly [K in Needed<B>]: R } & { readonly [K in Optional<B>]?: R | undefined };

export const isStorage = <S>(binding: Binding<S>): binding is StorageBinding<S> =>
  binding.kind === 'read' || binding.kind === 'write';

/** Bytes of a storage binding at a size; half of them where its values are f16. */
export const bindingBytes = (
  binding: StorageBinding<unknown>,
  size: unknown,
  parameters: Promoted<Parameters>,
  packedF16 = false,
): number => (binding.length(size, parameters) * ELEMENT_BYTES[binding.element]) / (packedF16 ? 2 : 1);

/** Bytes of a uniform struct of scalars: WGSL rounds a uniform's size up to 16. */
export const fieldBytes = (fields: Fields): number => Math.ceil((Object.keys(fields).length * 4) / 16) * 16;

/** Writes a uniform struct: each field four bytes, little endian, in the order of `fields`. */
export function writeFields(
  fields: Fields,
  values: Readonly<Record<string, number>>,
  into: DataView,
  offset = 0,
): void {
  for (const [place, [name, type]] of Object.entries(fields).entries()) {
    const value = values[name];
    if (value === undefined) throw new ShaderError('uniform', `${name} has no value`);
    const at = offset + place * 4;
    if (type === 'f32') into.setFloat32(at, value, true);
    else if (type === 'i32') into.setInt32(at, value, true);
    else into.setUint32(at, value, true);
  }
}

export const ceilDiv = (a: number, b: number): number => Math.ceil(a / b);
export const roundUp = (a: number, multiple: number): number => Math.ceil(a / multiple) * multiple;
