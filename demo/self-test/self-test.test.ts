import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Certificate } from '../../src/densenet/certify/certificate.ts';
import type { VerifyReport } from '../../src/jobs/verify-report.ts';
import { GpuError } from '../../src/runtime/errors.ts';
import { fakeClient } from '../../tests/fixtures/fake-client.ts';
import type { DemoJobs } from '../engine.ts';
import { SelfTest } from './self-test.ts';

const GPU = 'a GPU';
const report = (passed: boolean): VerifyReport => ({
  file: 'f',
  adapter: GPU,
  parameters: 1,
  precision: 'f32',
  passed,
  groups: [],
  variants: [],
});

const certified = (passed: boolean, verdict: Certificate['verdict']): VerifyReport => ({
  ...report(passed),
  certificate: {
    verdict,
    wrong: undefined,
    flipped: 0,
    of: 1,
    flips: [],
    groups: [],
    passes: 1,
    worstPass: { label: '', times: 0 },
    unchecked: [],
  },
});

/** A self-test whose GPU answers for one network after the other. */
function selfTest(...answers: readonly (boolean | VerifyReport | Error)[]): SelfTest {
  let asked = 0;
  const client = fakeClient<Pick<DemoJobs, 'verify'>>({
    verify: async ({ certify }) => {
      expect(certify).toBe(true);
      const answer = answers[asked++];
      if (answer instanceof Error) throw answer;
      const found = typeof answer === 'object' ? answer : report(answer === true);
      return { report: found, tensors: new Uint8Array() };
    },
  });
  return new SelfTest({ engine: { client } });
}

function rememberIn(memory: Map<string, string>): void {
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => memory.get(key) ?? null,
    setItem: (key: string, value: string) => memory.set(key, value),
    removeItem: (key: string) => memory.delete(key),
  });
  vi.stubGlobal('fetch', async () => new Response(new Uint8Array(8)));
  vi.stubGlobal('navigator', { userAgent: '', gpu: {} });
  vi.stubGlobal('isSecureContext', true);
}

const distrusted = (gpu: string) => {
  const later = selfTest();
  later.recall(gpu);
  return later.distrusted.value;
};

afterEach(() => vi.unstubAllGlobals());

describe('the self-test', () => {
  it('distrusts a GPU that fails one network, remembers it, and forgets it when all pass', async () => {
    rememberIn(new Map());
    const failing = selfTest(true, false, true);
    await failing.run();
    expect(failing.state.value).toMatchObject({ kind: 'done', passed: false });
    expect(failing.distrusted.value).toBe(true);
    expect([GPU, 'another GPU'].map(distrusted)).toEqual([true, false]);
    const passing = selfTest(true, true, true);
    passing.recall(GPU);
    await passing.run();
    expect(passing.state.value).toMatchObject({ kind: 'done', passed: true });
    expect(passing.distrusted.value).toBe(false);
    expect(distrusted(GPU)).toBe(false);
  });

  it('trusts a certificate more than the distance from PyTorch, which a flipped ReLU makes large on any GPU', async () => {
    rememberIn(new Map());
    const flipped = selfTest(certified(true, 'exact'), certified(false, 'exact with flips'), certified(true, 'exact'));
    await flipped.run();
    expect(flipped.state.value).toMatchObject({ kind: 'done', passed: true });
    const wrong = selfTest(certified(true, 'exact'), certified(true, 'wrong'), certified(true, 'exact'));
    await wrong.run();
    expect(wrong.state.value).toMatchObject({ kind: 'done', passed: false });
  });

  it('keeps what it knew of a GPU where it could not be run to its end, unless something failed before', async () => {
    rememberIn(new Map());
    for (const [first, expected] of [
      [true, false],
      [false, true],
      [true, true],
    ]) {
      const cut = selfTest(first === true, new GpuError('cut'));
      await cut.run();
      expect(cut.state.value).toMatchObject({ kind: 'failed', error: { detail: 'cut' } });
      expect(distrusted(GPU)).toBe(expected);
    }
  });
});
