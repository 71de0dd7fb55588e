// What travels between the page and the worker about runs that are kept, beside what the shared job `train` defines. Only
// types.

import type { RunTitle } from './kept-run.ts';

/** In the head of `train`: keep this run. */
export type Keep = { readonly keep: RunTitle };

/** All of the head of `train`: go on with the run of this id. */
export type GoOn = { readonly goOn: string };

/** Events of `train` beside its own: the state is in storage since then (milliseconds since 1970), or is not. */
export type KeepEvent =
  | { readonly kind: 'kept'; readonly at: number }
  | { readonly kind: 'unkept'; readonly why: string };
