// PyTorch's numbers that come with the page: three small networks, one of each kind, with all that a forward and a
// backward pass of theirs should give. tests/golden/make_golden.py made them.

import bottleneck from '../../tests/golden/bc-nothing-aligned.safetensors?url';
import imagenet from '../../tests/golden/imagenet-odd.safetensors?url';
import plain from '../../tests/golden/plain-narrow-one-image.safetensors?url';
import type { Text } from '../text/text.ts';

export type GoldenName = keyof Text['selfTest']['networks'];

export const GOLDENS: readonly { readonly name: GoldenName; readonly url: string }[] = [
  { name: 'plain', url: plain },
  { name: 'bottleneck', url: bottleneck },
  { name: 'imagenet', url: imagenet },
];
