// `exponential` and `logarithm1p`: accurate where the losses need it.

import type { Part } from '../../runtime/kernel.ts';
import source from './exponential.wgsl?raw';

/** Needs the part `finite`. */
export const exponential: Part = { name: 'exponential', source };
