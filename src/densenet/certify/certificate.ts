// What a certificate says. Plain data: it goes through messages, JSON and pages.

/** A pre-activation, or a choice between two, that the GPU has on the other side of zero than the float64 network. */
export interface Flip {
  readonly kind: 'relu' | 'max-pool';
  /** The batch norm that it is behind, under torchvision's name. */
  readonly norm: string;
  readonly image: number;
  readonly channel: number;
  readonly row: number;
  readonly column: number;
  /** In float64: the pre-activation, or by how much the pixel that the GPU took is below the maximum. */
  readonly value: number;
  /** How far from zero float32 may move it. */
  readonly bound: number;
}

export type PlanName = 'training' | 'inference';

/** What is wrong, the first thing that is. */
export type Wrong =
  | {
      readonly kind: 'pass';
      readonly plan: PlanName;
      /** Its place in the plan, counted from 0, and how many passes there are. */
      readonly index: number;
      readonly passes: number;
      readonly section: string;
      /** The layer and the kernel's id. */
      readonly label: string;
      readonly kernel: string;
      /** The first element that is wrong, in words. */
      readonly problem: string;
      /** How many elements are. */
      readonly elements: number;
    }
  | {
      /** Each pass computes what it should from its inputs, but they do not add up to the network. */
      readonly kind: 'tensor';
      readonly name: string;
      /** Relative L2 error, and what is allowed; null where it is not a number. */
      readonly error: number | null;
      readonly allowed: number;
    }
  | {
      /** A sign that rounding does not explain. */
      readonly kind: 'flip';
      readonly flip: Flip;
    }
  | {
      /** The passes of one submit give other bits than the same passes one by one: something is not waited for. */
      readonly kind: 'bits';
      readonly name: string;
    };

/** How close the tensors of a kind are. */
export interface CertifiedGroup {
  /** `grad`, `running`, `train.logits` ... */
  readonly group: string;
  readonly tensors: number;
  /** The tensor with the largest error relative to what is allowed. */
  readonly worst: string;
  /** Relative L2 error against float64 with the GPU's masks; null where it is not a number. */
  readonly error: number | null;
  readonly allowed: number;
  readonly passed: boolean;
}

export interface WorstPass {
  /** The layer and the kernel's id. */
  readonly label: string;
  readonly times: number;
}

/** What a GPU's forward and backward pass are worth, against float64. */
export interface Certificate {
  /**
   * `exact`: right, with the very signs of the float64 network. `exact with flips`: right, but for pre-activations so close to zero that
   * rounding decides on which side they are. `wrong`: anything else.
   */
  readonly verdict: 'exact' | 'exact with flips' | 'wrong';
  readonly wrong: Wrong | undefined;
  /** How many pre-activations and arg-maxima flipped, out of how many. */
  readonly flipped: number;
  readonly of: number;
  /** The first of them, at most FLIPS_LISTED. */
  readonly flips: readonly Flip[];
  readonly groups: readonly CertifiedGroup[];
  /** Passes that were compared with float64. */
  readonly passes: number;
  /** That with the largest error: which one, and the error as a multiple of its bound. */
  readonly worstPass: WorstPass;
  /** Kernels of the plans that have no float64 reference. */
  readonly unchecked: readonly string[];
}

/** Flips that a certificate names. */
export const FLIPS_LISTED = 100;

/** `1 flip`, `3 flips`. */
export const flipsText = (count: number): string => `${count} ${count === 1 ? 'flip' : 'flips'}`;

/** A certificate's verdict in a few words. */
export function verdictText({ verdict, flipped }: Certificate): string {
  return verdict === 'exact with flips' ? `exact with ${flipsText(flipped)}` : verdict;
}

/** What is wrong, in a sentence. */
export function wrongText(wrong: Wrong): string {
  if (wrong.kind === 'pass') {
    const { plan, index, passes, label, problem, elements } = wrong;
    return `pass ${index + 1} of ${passes} of the ${plan} plan, ${label}: ${problem}; ${elements} wrong in all`;
  }
  if (wrong.kind === 'tensor') {
    const error = wrong.error === null ? 'not a number' : wrong.error.toExponential(1);
    return `${wrong.name} is off by ${error}, allowed ${wrong.allowed.toExponential(1)}, though every pass is right by itself: the plan is wrong`;
  }
  if (wrong.kind === 'bits')
    return `${wrong.name} has other bits from one submit than pass by pass: a pass does not wait for another`;
  return `${flipText(wrong.flip)}: more than rounding explains`;
}

/** One flip on a line. */
export function flipText({ kind, norm, image, channel, row, column, value, bound }: Flip): string {
  const what = kind === 'relu' ? 'pre-activation' : 'max-pool, below the maximum by';
  return `${norm} ReLU, image ${image}, channel ${channel}, row ${row}, column ${column}: ${what} ${value.toExponential(2)}, bound ${bound.toExponential(1)}`;
}
