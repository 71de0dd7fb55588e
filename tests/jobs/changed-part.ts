// A shader's part with another text, whichever of its texts a tile uses.

import type { Part } from '../../src/runtime/kernel.ts';

export const changedPart = (part: Part, changed: (text: string) => string): Part => ({
  ...part,
  source: changed(part.source),
  ...(part.unstaged && { unstaged: { ...part.unstaged, source: changed(part.unstaged.source) } }),
});
