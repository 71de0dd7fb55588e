// The plain evaluation against PyTorch: what features are held against must itself be right.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { relativeError } from '../../src/densenet/golden/compare.ts';
import { readGolden } from '../../src/densenet/golden/golden.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { plainForward } from './plain-forward.ts';

describe.each(['imagenet-odd', 'bc-nothing-aligned', 'plain-narrow-one-image'])('%s', (name) => {
  it("has PyTorch's logits", () => {
    const file = new URL(`../golden/${name}.safetensors`, import.meta.url);
    const golden = readGolden(readFileSync(file), name);
    const { inputChannels: channels, height, width, classes } = golden.config;
    const size = channels * height * width;
    const values = Float64Array.from(golden.batch.images.subarray(0, size));
    const { logits } = plainForward(buildNetwork(golden.config), golden.state, { channels, height, width, values });
    const expected = golden.expected.get('eval.logits')?.values.subarray(0, classes) ?? [];
    expect(expected.length).toBe(classes);
    expect(relativeError(logits, expected)).toBeLessThan(1e-6);
  });
});
