// Replaces the autotuner's measuring (src/densenet/autotune/search.ts) in the built page: the page never autotunes, and the
// reference implementations that tiles are checked against would be much of what its worker loads.

import type { autotunePasses as measuring } from '../../src/densenet/autotune/search.ts';
import { ConfigError } from '../../src/runtime/errors.ts';

/** @throws ConfigError always */
export const autotunePasses: typeof measuring = async () => {
  throw new ConfigError('mode', 'full', 'is not part of this page; autotune with the command line');
};
