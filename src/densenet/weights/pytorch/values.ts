// What reading a pickle gives: inert data. Nothing of it is an object of Python's, nothing was called or constructed to get it,
// and a call that nobody here knows is kept as what it is: a name, its arguments and a state. Values may be shared and may hold
// themselves, so whoever walks them remembers where it was.

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Sequence
  | Dict
  | Global
  | Call
  | StorageView
  | TensorView;

export interface Sequence {
  readonly kind: 'list' | 'tuple' | 'set';
  readonly items: Value[];
}

/** A dict of any kind; keys are Python's where they are texts and numbers, else compared by identity. */
export interface Dict {
  readonly kind: 'dict';
  readonly entries: Map<Value, Value>;
}

/** A class or a function, by its name alone. */
export interface Global {
  readonly kind: 'global';
  readonly module: string;
  readonly name: string;
}

/** What calling something, or making an instance of a class, would have given. */
export interface Call {
  readonly kind: 'call';
  readonly of: Value;
  readonly args: readonly Value[];
  /** What `__setstate__` would have got: of most objects their `__dict__`. */
  state: Value;
  /** What was put into it as into a dict or a list, which its class may derive from. */
  contents: Sequence | Dict | undefined;
}

/** Part of a storage, whose bytes lie beside the pickle. */
export interface StorageView {
  readonly kind: 'storage';
  /** `FloatStorage` and so on, or `UntypedStorage`, which counts bytes. */
  readonly type: string;
  readonly key: string;
  /** Of the whole storage. */
  readonly elements: number;
  /** Where this view of it begins, in elements, and how many it has. */
  readonly offset: number;
  readonly length: number;
}

/** A tensor as a view of a storage: its elements are not looked at yet. */
export interface TensorView {
  readonly kind: 'tensor';
  readonly storage: StorageView;
  /** `torch.dtype` of a tensor on an untyped storage. */
  readonly dtype: string | undefined;
  /** In elements, as are the strides. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

type Kind = Exclude<Value, null | boolean | number | bigint | string | Uint8Array>['kind'];
type Structured = Extract<Value, { readonly kind: Kind }>;

/** The value as one with a `kind`; undefined for numbers, texts, bytes and None. */
export const structured = (value: Value | undefined): Structured | undefined =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array) ? value : undefined;

export const asDict = (value: Value | undefined): Dict | undefined => {
  const found = structured(value);
  return found?.kind === 'dict' ? found : undefined;
};

export const asSequence = (value: Value | undefined): Sequence | undefined => {
  const found = structured(value);
  return found?.kind === 'list' || found?.kind === 'tuple' || found?.kind === 'set' ? found : undefined;
};

/** `module.name`, of a global; '' of anything else. */
export const globalName = (value: Value | undefined): string => {
  const found = structured(value);
  return found?.kind === 'global' ? `${found.module}.${found.name}` : '';
};

/** The name of the class or function of a call. */
export const callName = (value: Value | undefined): string => {
  const found = structured(value);
  return found?.kind === 'call' ? globalName(found.of) : '';
};
