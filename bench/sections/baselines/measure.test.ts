// The order of turns, and what becomes of a library that is wrong, slow or gone: with workers that only pretend.
import { describe, expect, it } from 'vitest';
import { fakeClient } from '../../../tests/fixtures/fake-client.ts';
import type { BaselineName } from '../../baselines/baseline.ts';
import type { BaselineJobs } from '../../baselines/jobs.ts';
import { type BaselinesHost, compareBaselines } from './measure.ts';

interface Acts {
  /** Milliseconds of a repeat; undefined: never answers. */
  readonly repeat: number | undefined;
  readonly logits?: number;
  readonly checks?: boolean;
  readonly opens?: boolean;
}

const COUNTS = { dispatches: 3, submits: 1, buffers: 0, bindGroups: 0, pipelines: 0 };

function pretend(acts: Partial<Record<BaselineName, Acts>>) {
  const turns: string[] = [];
  const open = { count: 0, most: 0 };
  const clientOf = (baseline: BaselineName) => {
    const { repeat, logits = 1, checks = true, opens = true } = acts[baseline] ?? { repeat: 1 };
    return fakeClient<BaselineJobs>({
      'baseline/check': async () => {
        const groups = [{ group: 'eval.logits', worst: 'eval.logits', error: 0.5, allowed: 1, passed: checks }];
        return { kind: 'bottleneck', file: 'a', passed: checks, groups };
      },
      'baseline/open': async () => {
        if (!opens) throw new Error('it has no such operation');
        const tensors = new Map([['logits', { shape: [2], values: new Float32Array([logits, 2]) }]]);
        return { opened: { version: '1', code: { script: 5, wasm: 0 }, preparation: 1, first: 1 }, tensors };
      },
      'baseline/repeat': async () => {
        turns.push(baseline);
        if (repeat === undefined) return new Promise<never>(() => undefined);
        return { milliseconds: repeat, counts: COUNTS, liveBytes: 8, peakBytes: 16 };
      },
    });
  };
  const host: BaselinesHost = {
    open: (baseline) => {
      open.count++;
      let closed = false;
      return {
        client: clientOf(baseline),
        close: () => {
          if (!closed) open.count--;
          closed = true;
        },
      };
    },
    golden: async () => new Uint8Array(1),
    signal: new AbortController().signal,
    onPhase: () => undefined,
    checks: new Map(),
  };
  return { host, turns, open };
}

const WORKLOAD = { model: 'tiny', mode: 'inference', batch: 2 } as const;

describe('libraries side by side', () => {
  it('take turns until each has enough or its time is over', async () => {
    const { host, turns, open } = pretend({ ours: { repeat: 10 }, jax: { repeat: 20 }, tfjs: { repeat: 5000 } });
    const { rows } = await compareBaselines(
      WORKLOAD,
      ['ours', 'tfjs', 'jax'],
      { repeats: 3, seconds: 2, timeout: 5 },
      host,
    );
    // A warm-up each, then round by round; the slow one is out after its first.
    expect(turns).toEqual(['ours', 'tfjs', 'jax', 'ours', 'tfjs', 'jax', 'ours', 'jax', 'ours', 'jax']);
    expect(
      rows.map((row) => row.status === 'done' && [row.peer, row.milliseconds.repeats, row.ended, row.ratio]),
    ).toEqual([
      ['ours', 3, 'enough repeats', 1],
      ['tfjs', 1, 'time over', 10 / 5000],
      ['jax', 3, 'enough repeats', 0.5],
    ]);
    expect(open.count).toBe(0);
  });

  it('give no number to one that PyTorch, or ours, says is wrong', async () => {
    const { host, turns } = pretend({ tfjs: { repeat: 1, checks: false }, jax: { repeat: 1, logits: 1.1 } });
    const { rows } = await compareBaselines(
      WORKLOAD,
      ['ours', 'tfjs', 'jax'],
      { repeats: 1, seconds: 1, timeout: 5 },
      host,
    );
    expect(new Set(turns)).toEqual(new Set(['ours']));
    expect(rows.map(({ status }) => status)).toEqual(['done', 'wrong', 'wrong']);
    const [, tfjs, jax] = rows;
    expect(tfjs).toMatchObject({ problem: expect.stringMatching(/eval\.logits is off by .* against PyTorch/) });
    expect(jax).toMatchObject({ problem: expect.stringMatching(/logits is off by .* against densenet-webgpu/) });
  });

  it('lose one that fails or never answers, and no other', async () => {
    const { host, open } = pretend({ tfjs: { repeat: 1, opens: false }, jax: { repeat: undefined } });
    const sampling = { repeats: 2, seconds: 1, timeout: 0.05 };
    const { rows } = await compareBaselines(WORKLOAD, ['ours', 'tfjs', 'jax'], sampling, host);
    expect(rows).toMatchObject([
      { peer: 'ours', status: 'done' },
      { peer: 'tfjs', status: 'failed', problem: 'it has no such operation' },
      { peer: 'jax', status: 'failed', problem: 'no result within 0.05 seconds' },
    ]);
    expect(open.count).toBe(0);
  });

  it('are compared with PyTorch once', async () => {
    const { host } = pretend({});
    await compareBaselines(WORKLOAD, ['ours'], { repeats: 1, seconds: 1, timeout: 5 }, host);
    const again = { ...host, golden: () => Promise.reject(new Error('asked for a golden file again')) };
    const { rows } = await compareBaselines(WORKLOAD, ['ours'], { repeats: 1, seconds: 1, timeout: 5 }, again);
    expect(rows).toMatchObject([{ status: 'done' }]);
  });
});
