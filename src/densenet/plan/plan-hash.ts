// A plan in a few characters: whoever takes up a run compares it, because other kernels round otherwise.

import type { Program } from '../../runtime/program.ts';
import { variantName } from '../../runtime/specialize.ts';
import { hashTexts } from '../../runtime/text-hash.ts';

/** Of every pass's kernel, variant and grid, and of every kernel's text. */
export function planHash({ passes }: Program): string {
  const kernels = new Set(passes.map(({ kernel }) => kernel));
  const variants = passes.map(
    ({ kernel, parameters, promoted, packedF16, grid, section }) =>
      `${section} ${kernel.id} ${variantName(kernel, parameters, promoted, packedF16)} ${grid.join('x')}`,
  );
  const sources = [...kernels].flatMap(({ source, parts }) => [source, ...parts.map((part) => part.source)]);
  return hashTexts([...variants, ...sources]);
}
