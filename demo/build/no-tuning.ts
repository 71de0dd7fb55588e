// What stands in the built page for the tuner's measuring (src/densenet/autotune/autotune-passes.ts): the page never tunes, and the
// kernels' reference implementations that tiles are held against would be much of what its worker loads.

import type { autotunePasses as measuring } from '../../src/densenet/autotune/autotune-passes.ts';
import { ConfigError } from '../../src/runtime/errors.ts';

/** @throws ConfigError always */
export const autotunePasses: typeof measuring = async () => {
  throw new ConfigError('tune', 'full', 'is not part of this page; the command line tunes');
};
