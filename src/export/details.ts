// What an export says beside the numbers, whatever its format.

import type { Preprocessing } from '../data/preprocess.ts';

export interface ExportDetails {
  /** How images become the network's input. */
  readonly preprocessing?: Preprocessing | undefined;
  /** By label; one for each class. */
  readonly classNames?: readonly string[] | undefined;
  /** Each class has its own sigmoid, instead of one softmax over all. Default false. */
  readonly multiLabel?: boolean;
}
