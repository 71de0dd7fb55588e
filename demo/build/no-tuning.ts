// What stands in the built page for the tuner's measuring (src/densenet/tune/tune-passes.ts): the page never tunes, and the
// kernels' reference implementations that tiles are held against would be much of what its worker loads.

import type { tunePasses as measuring } from '../../src/densenet/tune/tune-passes.ts';
import { ConfigError } from '../../src/runtime/errors.ts';

/** @throws ConfigError always */
export const tunePasses: typeof measuring = async () => {
  throw new ConfigError('tune', 'full', 'is not part of this page; the command line tunes');
};
