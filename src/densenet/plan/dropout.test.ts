// Dropout follows every convolution but the first (paper, section 3), in training alone; a convolution's forward pass and
// its gradients take one mask, and no two convolutions the same.
import { describe, expect, it } from 'vitest';
import type { Program } from '../../runtime/program.ts';
import type { Dropout } from '../../shaders/parts/dropout.ts';
import { buildNetwork } from '../network.ts';
import { PRESETS } from '../presets.ts';
import { recordInference } from './inference.ts';
import { recordTraining } from './training.ts';

const PROBABILITY = 0.2;
const BATCH = 2;

/** Passes of convolutions: whose, which one, and the dropout it runs with. */
const convolutions = ({ passes }: Program) =>
  passes
    .filter(({ kernel }) => /^(conv1x1|conv3x3|stem)\//.test(kernel.id))
    .map(({ label, kernel, size, parameters }) => {
      const { stream = 0, dropout = 0 } = size as Dropout;
      return { conv: label.slice(0, -kernel.id.length - 1), kernel: kernel.id, stream, dropout, parameters };
    });

describe.each(['densenet121', 'plain-40-12', 'bc-100-12'] as const)('%s', (preset) => {
  const network = buildNetwork({ ...PRESETS[preset], dropout: PROBABILITY });
  const stem = network.stem.conv.name;

  it.each([false, true])('masks what every later convolution writes, once (recompute: %s)', (recompute) => {
    const { plan } = recordTraining(network, BATCH, { loss: 'cross-entropy', recompute, inputGradient: true });
    const streams = new Map<string, Set<number>>();
    for (const { conv, kernel, stream, dropout, parameters } of convolutions(plan.program)) {
      const expected = conv === stem ? 0 : PROBABILITY;
      expect({ conv, kernel, dropout }).toEqual({ conv, kernel, dropout: expected });
      if (conv === stem) continue;
      expect({ conv, kernel, HAS_DROPOUT: parameters.HAS_DROPOUT }).toEqual({ conv, kernel, HAS_DROPOUT: true });
      streams.set(conv, (streams.get(conv) ?? new Set()).add(stream));
    }
    const weights = network.parameters.filter(({ role }) => role === 'convolution');
    expect(streams.size).toBe(weights.length - 1);
    expect(new Set([...streams.values()].flatMap((s) => [...s])).size).toBe(streams.size);
    for (const [conv, own] of streams) expect([conv, own.size]).toEqual([conv, 1]);
  });

  it('drops nothing in inference', () => {
    const passes = convolutions(recordInference(network, BATCH).plan.program);
    expect(passes.length).toBeGreaterThan(0);
    for (const { dropout, parameters } of passes) {
      expect(dropout).toBe(0);
      expect(parameters.HAS_DROPOUT ?? false).toBe(false);
    }
  });
});
