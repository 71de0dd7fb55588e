// How images enter a plan: float32 as they are, or bytes that are normalised (in training also mirrored and shifted) on
// the GPU, a quarter of the upload.

import type { Region } from '../../runtime/program.ts';
import { layoutAugment } from '../../shaders/layout/augment.ts';
import { layoutFromNchw } from '../../shaders/layout/from-nchw.ts';
import type { PlanBuilder } from './builder.ts';

export type InputKind = 'float' | 'bytes';

export function inputBuffers(plan: PlanBuilder, kind: InputKind) {
  const { inputChannels } = plan.network.config;
  const values = inputChannels * plan.inputGrid.columns;
  const input = plan.program.buffer('input', kind === 'bytes' ? values : values * 4, 'persistent', 'input');
  const normalisation =
    kind === 'bytes' ? plan.program.buffer('normalisation', inputChannels * 8, 'persistent', 'tables') : undefined;
  return { input, normalisation };
}

/**
 * NCHW to channel-major.
 * @param verdict where an image that holds NaN or infinity is noted; left out: nowhere
 */
export function readImages(
  plan: PlanBuilder,
  input: Region,
  normalisation: Region | undefined,
  out: Region,
  verdict?: Region,
): void {
  const { nchw, step } = plan;
  if (normalisation) plan.pass(layoutAugment, nchw, { pixels: input, normalisation, out, augment: plan.augment });
  else if (verdict)
    plan.pass(layoutFromNchw, nchw, { x: input, out, verdict, step }, { parameters: { RECORDS: true } });
  else plan.pass(layoutFromNchw, nchw, { x: input, out });
}
