// The typed errors of every floor. Each message says what was wrong, the offending value, and what to do; `code` is
// stable for programs. Bad input throws before anything is changed. Whatever a message quotes, it is one printable line of
// at most 2 kB (printable.ts); only what a GPU or a host's process printed keeps its lines.

import { printable, printableLines, printableMessage, printableName, printableValue } from './printable.ts';

/** What kind of failure an error is, for programs; stable, unlike messages. */
export type ErrorCode =
  | 'config' // a network, training or command option that cannot be
  | 'data' // a file's bytes are not what they should be
  | 'state' // a state dict that does not fit the network
  | 'limit' // a plan that does not fit the device
  | 'no-gpu' // no WebGPU, no adapter, no device
  | 'device-lost' // the device went away while it was in use
  | 'disposed' // used after destroy()
  | 'gpu' // validation, compilation or out-of-memory, as the GPU reported it
  | 'not-finite' // NaN or infinity in what was computed
  | 'wrong-result' // a kernel computes something else than its reference on this GPU
  | 'storage' // a browser's storage that is full, busy or not there
  | 'shader'; // a kernel's text and its description do not fit each other

/** What a driver or a host's process says of itself comes in lines, often with a caret under the place. */
const IN_LINES: readonly ErrorCode[] = ['gpu', 'no-gpu', 'device-lost', 'shader'];

/**
 * Every error that the library throws on purpose. The message is one printable line: what is wrong, the value, what to do.
 */
export class DenseNetError extends Error {
  // Written out, in every class: a minifier renames classes, and names must cross to workers and hosts.
  /** The class's name. */
  override readonly name: string = 'DenseNetError';

  constructor(
    /** What kind of failure it is. */
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(printableMessage(message, IN_LINES.includes(code) ? printableLines : printable), options);
  }
}

/** A configuration that cannot be. `field` is the option's name, `value` what was given. */
export class ConfigError extends DenseNetError {
  /** The class's name. */
  override readonly name = 'ConfigError';

  constructor(
    /** The option's name. */
    readonly field: string,
    /** What was given. */
    readonly value: unknown,
    /** The rule, as the message ends. */
    readonly problem: string,
  ) {
    super('config', `${printableName(field)}: ${printableValue(value)} ${problem}`);
  }
}

/** Bytes that are not what the format promises. `offset` is the byte in `file` where it was noticed. */
export class DataError extends DenseNetError {
  /** The class's name. */
  override readonly name = 'DataError';

  constructor(
    /** The file, as the caller named it. */
    readonly file: string,
    /** The byte at which it was noticed. */
    readonly offset: number,
    problem: string,
    options?: ErrorOptions,
  ) {
    super('data', `${printableName(file)}: at byte ${offset}: ${problem}`, options);
  }
}

/** A state dict that does not fit the network: the tensor's name and what is wrong with it. */
export class StateError extends DenseNetError {
  /** The class's name. */
  override readonly name = 'StateError';

  constructor(
    /** The tensor's name. */
    readonly tensor: string,
    problem: string,
  ) {
    super('state', `${printableName(tensor)}: ${problem}`);
  }
}

/** What does not fit between a file of weights and the network that it should be. Names are the file's own. */
export interface Misfit {
  /** Needed, and not there. */
  readonly missing?: readonly string[];
  /** `name: [shape there], needed [shape]`. */
  readonly misshapen?: readonly string[];
  /** There, and nothing that a DenseNet has. */
  readonly unknown?: readonly string[];
  /** Of those, all that stands in the way: leaving them out (`ignore`) gives a network, whose results may differ. */
  readonly unsupported?: readonly string[];
}

/** A file of weights that is no network of ours: every tensor that is missing, misshapen or of no known kind. */
export class WeightsError extends DenseNetError {
  /** The class's name. */
  override readonly name = 'WeightsError';
  /** Tensors that the network needs and the file does not have. */
  readonly missing: readonly string[];
  /** `name: [shape there], needed [shape]`. */
  readonly misshapen: readonly string[];
  /** Tensors that no DenseNet has. */
  readonly unknown: readonly string[];
  /** Tensors that would have to be left out (`ignore`). */
  readonly unsupported: readonly string[];

  constructor(
    /** The file, as the caller named it. */
    readonly file: string,
    problem: string,
    { missing = [], misshapen = [], unknown = [], unsupported = [] }: Misfit = {},
    options?: ErrorOptions,
  ) {
    super('state', `${printableName(file)}: ${problem}`, options);
    this.missing = missing;
    this.misshapen = misshapen;
    this.unknown = unknown;
    this.unsupported = unsupported;
  }
}

/** A plan larger than the device allows; `largestBatch` is the largest that fits (0 when none does). */
export class LimitError extends DenseNetError {
  /** The class's name. */
  override readonly name = 'LimitError';

  constructor(
    problem: string,
    /** The largest batch that fits; 0 when none does. */
    readonly largestBatch: number,
  ) {
    super(
      'limit',
      `${problem}; ${largestBatch > 0 ? `the largest batch that fits is ${largestBatch}` : 'no batch fits'}`,
    );
  }
}

/** Why there is no GPU. */
export type NoGpuReason =
  | 'unavailable' // no WebGPU here, no adapter, or an adapter that gives no device
  | 'timeout' // no answer within the time limit
  | 'lost' // the device was lost before it could be used, time and again
  | 'aborted'; // the caller's signal ended the opening

/** No WebGPU here, no adapter of the kind that was asked for, or none that answers; `reason` says which. */
export class NoGpuError extends DenseNetError {
  /** The class's name. */
  override readonly name = 'NoGpuError';
  /** Why there is none. */
  readonly reason: NoGpuReason;

  constructor(problem: string, { reason = 'unavailable', ...options }: ErrorOptions & { reason?: NoGpuReason } = {}) {
    super('no-gpu', problem, options);
    this.reason = reason;
  }
}

/** The device was lost. What it held is gone; make a new engine and load the last state into it. */
export class DeviceLostError extends DenseNetError {
  /** The class's name. */
  override readonly name = 'DeviceLostError';

  constructor(
    /** In the browser's own words. */
    readonly reason: string,
  ) {
    super('device-lost', `the GPU device was lost (${reason}); make a new engine and load the last saved state`);
  }
}

/** Used after `destroy()`, or destroyed while the call was under way. `object`: the class that was destroyed. */
export class DisposedError extends DenseNetError {
  /** The class's name. */
  override readonly name = 'DisposedError';

  constructor(
    /** The class that was destroyed. */
    readonly object: string,
  ) {
    super('disposed', `${object} has been destroyed (destroy()) and cannot be used any more; create a new one`);
  }
}

/** Validation, compilation or memory failed on the GPU, in its own words. */
export class GpuError extends DenseNetError {
  /** The class's name. */
  override readonly name = 'GpuError';
  /** Whether memory ran out: less of it may be there, for a smaller batch. */
  readonly outOfMemory: boolean;
  /** Where the GPU refused to make a pipeline whose shader is valid: threads of its workgroup; fewer may do. */
  readonly refusedThreads: number | undefined;

  constructor(
    problem: string,
    options: ErrorOptions & { readonly outOfMemory?: boolean; readonly refusedThreads?: number | undefined } = {},
  ) {
    const { outOfMemory = false, refusedThreads, ...rest } = options;
    super('gpu', problem, rest);
    this.outOfMemory = outOfMemory;
    this.refusedThreads = refusedThreads;
  }
}

/**
 * What NaN or infinity was met in first. `image` counts from 0 in what a call was given, micro-batch after micro-batch;
 * `name` is torchvision's.
 */
export type NonFinite =
  | {
      /** An image holds such a value. */
      readonly kind: 'image';
      /** Which image. */
      readonly image: number;
    }
  | {
      /** The network holds it, as it was loaded. */
      readonly kind: 'parameter' | 'statistic';
      /** The tensor's name. */
      readonly name: string;
    }
  | {
      /** The logits or the loss of an image overflow, from a finite image and finite weights. */
      readonly kind: 'overflow';
      /** Which image. */
      readonly image: number;
    }
  | {
      /** A gradient holds it. */
      readonly kind: 'gradient';
      /** The parameter's name. */
      readonly name: string;
    }
  | {
      /** What the optimizer would make of a parameter or its moments. */
      readonly kind: 'update';
      /** The parameter's name. */
      readonly name: string;
    }
  | {
      /** What a batch would make of a running statistic. */
      readonly kind: 'running';
      /** The statistic's name. */
      readonly name: string;
    };

/** Where NaN or infinity was met. */
export interface NonFiniteDetails {
  /** The training step, counted from 0; left out: inference. */
  readonly step?: number | undefined;
  /** That step's loss. */
  readonly loss?: number | undefined;
  /** Of inference: every image whose logits are not finite. */
  readonly images?: readonly number[] | undefined;
}

const WHAT: Readonly<Record<NonFinite['kind'], (found: { image: number; name: string }) => string>> = {
  image: ({ image }) => `image ${image} holds NaN or infinity`,
  parameter: ({ name }) => `the network's ${name} holds NaN or infinity`,
  statistic: ({ name }) => `the network's ${name} holds NaN or infinity`,
  overflow: ({ image }) => `image ${image} overflows float32 on its way through the network`,
  gradient: ({ name }) => `the gradient of ${name} is NaN or infinite`,
  update: ({ name }) => `the update would make ${name} or its moments NaN or infinite`,
  running: ({ name }) => `the batch would make ${name} NaN or infinite`,
};

const DIVERGED = 'lower the learning rate or clip the gradients';

const REMEDY: Readonly<Record<NonFinite['kind'], string>> = {
  image: 'repair that image or leave it out',
  parameter: 'load weights that are finite',
  statistic: 'load weights that are finite',
  overflow: 'check the scale of the image (normalisation), and that weights and batch norm statistics belong together',
  gradient: DIVERGED,
  update: DIVERGED,
  running: 'lower the learning rate, or check the scale of the images (normalisation)',
};

/**
 * NaN or infinity where there must be numbers. In training nothing was updated: parameters, moments and running statistics
 * are those from before the step.
 */
export class NotFiniteError extends DenseNetError {
  /** The class's name. */
  override readonly name = 'NotFiniteError';
  /** The training step, counted from 0; undefined in inference. */
  readonly step: number | undefined;
  /** That step's loss. */
  readonly loss: number | undefined;
  /** In inference: every image whose logits are not finite. */
  readonly images: readonly number[];

  constructor(
    /** What was met first. */
    readonly found: NonFinite,
    { step, loss, images = [] }: NonFiniteDetails = {},
  ) {
    const what = WHAT[found.kind]({ image: 0, name: '', ...found });
    const diverged = found.kind === 'overflow' && step !== undefined && step > 0;
    const remedy = diverged ? DIVERGED : REMEDY[found.kind];
    super(
      'not-finite',
      step === undefined
        ? `${imagesInWords(images)} not finite: ${what}; ${remedy}`
        : `step ${step}: ${what}; nothing was updated: ${remedy}`,
    );
    this.step = step;
    this.loss = loss;
    this.images = images;
  }
}

/** Images that a message names. */
const NAMED = 5;

function imagesInWords(images: readonly number[]): string {
  if (images.length === 0) return 'the logits are';
  const rest = images.length > NAMED ? ` and ${images.length - NAMED} more` : '';
  return `the logits of image${images.length > 1 ? 's' : ''} ${images.slice(0, NAMED).join(', ')}${rest} are`;
}

/** A kernel's default variant computes on this GPU something else than its float64 reference: nothing can be trusted. */
export class WrongResultError extends DenseNetError {
  /** The class's name. */
  override readonly name = 'WrongResultError';

  constructor(
    /** The kernel's id. */
    readonly kernel: string,
    problem: string,
  ) {
    super(
      'wrong-result',
      `${kernel}: wrong results on this GPU: ${problem}; its driver or compiler is at fault: update it, or use another GPU`,
    );
  }
}

/** A kernel's WGSL and its description disagree. */
export class ShaderError extends DenseNetError {
  /** The class's name. */
  override readonly name = 'ShaderError';

  constructor(kernel: string, problem: string) {
    super('shader', `${kernel}: ${problem}`);
  }
}

/** Why a browser could not store or read a file. */
export type StorageReason =
  | 'unavailable' // no such storage here: an old browser, an insecure page, some private windows
  | 'full' // no room left
  | 'busy' // another tab has the file open
  | 'missing' // no file of that name
  | 'failed'; // anything else, in the browser's own words

/** What the browser could not keep or give back. Files that were there before are as they were. */
export class StorageError extends DenseNetError {
  /** The class's name. */
  override readonly name = 'StorageError';

  constructor(
    /** What kind of failure it is. */
    readonly reason: StorageReason,
    problem: string,
    options?: ErrorOptions,
  ) {
    super('storage', problem, options);
  }
}
