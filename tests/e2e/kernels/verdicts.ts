// Verdicts as the kernels' cases give and expect them.

import { NOTHING, VERDICT_WORDS } from '../../../src/shaders/parts/verdict.ts';

/** Nothing was met. */
export const clean = (): Uint32Array<ArrayBuffer> => new Uint32Array(VERDICT_WORDS).fill(NOTHING);
