// What may be said beside a file of weights.

import type { SideFile } from './side-files.ts';

export interface ImportOptions {
  /** A config.json that lies beside the weights. */
  readonly config?: SideFile | undefined;
  /** Class names that lie beside the weights. */
  readonly labels?: SideFile | undefined;
  /** Of the input, in pixels, whatever anything else says. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
  /** Several labels an image (a sigmoid each) or one (a softmax), whatever anything else says. */
  readonly multiLabel?: boolean | undefined;
  /** For weights without a classifier: make one, to be trained. */
  readonly fresh?: { readonly classes: number; readonly seed?: number } | undefined;
}
