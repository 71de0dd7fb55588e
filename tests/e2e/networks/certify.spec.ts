// Certificates: every kind of network is right, a broken kernel is named, pre-activations at zero are flips and no fault.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../cli/host/package-root.ts';
import { drawn, expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

const read = (file: string) => readFileSync(join(packageRoot, 'tests/golden', `${file}.safetensors`));

const RIGHT = {
  'all kinds of layers': { golden: 'bc-lion' },
  'recomputed, with f16 features': { golden: 'halves-plain-odd', recompute: true },
  'the last block trained, with dropout': { golden: 'bc-rmsprop-groups', trainable: 'last-block', dropout: 0.2 },
  'one image, one channel': { golden: 'plain-narrow-one-image' },
  'max-pooling, several labels, odd sizes': { golden: 'norm-epsilon-large' },
} as const;

/** One of them under naga too, another from run to run: what a certificate knows of passes is the same on every host. */
const UNDER_NAGA = drawn('certified', Object.keys(RIGHT).length);

for (const [i, [title, { golden, ...options }]] of Object.entries(RIGHT).entries()) {
  test(`certified: ${title}`, i === UNDER_NAGA ? onlyOn('node', 'deno') : onlyOn('node'), async ({ session }) => {
    const certificate = await session.run('certify', { golden: read(golden), ...options });
    expect(certificate.wrong).toBeUndefined();
    expect(certificate.verdict).not.toBe('wrong');
    expect(certificate.unchecked).toEqual([]);
    expect(certificate.passes).toBeGreaterThan(30);
    expect(certificate.worstPass.times).toBeGreaterThan(0);
    expect(certificate.worstPass.times).toBeLessThanOrEqual(1);
    expect(certificate.groups.every(({ passed }) => passed)).toBe(true);
    for (const { value, bound } of certificate.flips) expect(Math.abs(value)).toBeLessThanOrEqual(bound);
  });
}

const MUTATIONS = [
  // One wrong sign.
  { kernel: 'conv1x1/forward', from: 'fma(vec4f(w[', to: 'fma(-vec4f(w[' },
  { kernel: 'transition/pool-backward', from: 'out[at] = norm.x * g', to: 'out[at] = -norm.x * g' },
  { kernel: 'statistics/finalize-backward', from: 'let dbeta = sum.x', to: 'let dbeta = -sum.x' },
  // A lost column beside the tile, or at the map's edge.
  { kernel: 'conv3x3/forward', from: 'exists && column > 0u)', to: 'exists && column > 900u)' },
  { kernel: 'conv3x3/backward-data', from: 'exists && column > 0u)', to: 'exists && column > 900u)' },
  { kernel: 'conv3x3/backward-weight', from: 'at <= shape.width', to: 'at < shape.width' },
  // A ReLU that is its own opposite on the way back.
  { kernel: 'head/pool-backward', from: 'passes(fma(', to: '!passes(fma(' },
] as const;

test('a broken kernel is found and named', onlyOn('node'), async ({ session }) => {
  const found = await session.run('certify-broken', { golden: read('bc-smoothing-clipped'), mutations: MUTATIONS });
  for (const [i, { kernel }] of MUTATIONS.entries()) {
    expect(found[i]).toMatchObject({ verdict: 'wrong', wrong: { kind: 'pass', kernel } });
  }
});

test('right passes that do not add up to the network are found', onlyOn('node'), async ({ session }) => {
  const { verdict, wrong } = await session.run('certify-wired', { golden: read('bc-lion') });
  expect(verdict).toBe('wrong');
  expect(wrong).toMatchObject({ kind: 'tensor', name: 'eval.logits' });
});

test('pre-activations at zero are flips, each within its bound', onlyOn('node', 'deno'), async ({ session }) => {
  const norm = 'features.norm5';
  const { verdict, flips, flipped, wrong } = await session.run('certify-flips', {
    golden: read('bc-many-readers'),
    norm,
  });
  expect(wrong).toBeUndefined();
  expect(verdict).toBe('exact with flips');
  expect(flipped).toBeGreaterThan(0);
  expect(flips.every((flip) => flip.norm === norm && flip.image === 0 && flip.row === 0 && flip.column === 0)).toBe(
    true,
  );
  for (const { value, bound } of flips) expect(Math.abs(value)).toBeLessThanOrEqual(bound);
});
