// Whole networks against PyTorch: what tests/golden holds, everything in it, on WebGPU's default limits, with bottlenecks
// kept and computed again. Among them are a network at 224 x 224 and the loss curve of twenty steps. A file is held under both
// compilers, by hosts that are drawn anew in every run; every kernel is held on every host by its own cases.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../cli/host/package-root.ts';
import type { VerifyRequest } from '../../../src/jobs/verify.ts';
import { drawn, expect, oneOfEach, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';
import { holdGolden } from './hold-golden.ts';

const folder = join(packageRoot, 'tests/golden');
const files = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));

/** Large maps take long in software, and each host compiles their tiles in compile.spec.ts; f16 is seen by two compilers. */
function hostsOf(file: string) {
  if (file.startsWith('paper-maps') || file.startsWith('norm-epsilon')) return onlyOn('node');
  return file.startsWith('halves-') ? onlyOn('node', 'deno') : onlyOn(...oneOfEach(file));
}

test('there are goldens', () => expect(files.length).toBeGreaterThanOrEqual(8));

for (const file of files) {
  test(file, hostsOf(file), async ({ session, host }, info) => {
    await holdGolden({ session, host }, file, readFileSync(join(folder, file)), info);
  });
}

/** One of several files, another from run to run: what they have in common takes minutes to compile. */
const one = (title: string, names: readonly string[]) => names.filter((_, i) => i === drawn(title, names.length));

// Features as f16 against PyTorch's exact results: what rounding them costs. Two compilers see all of its texts.
for (const file of [
  'bc-single-pixels.safetensors',
  ...one('f16', ['deep-odd.safetensors', 'imagenet-odd.safetensors', 'plain-paper.safetensors']),
]) {
  const hosts = file.startsWith('bc-') ? onlyOn('node', 'deno') : onlyOn('node');
  test(`${file}, features as f16`, hosts, async ({ session }) => {
    const golden = readFileSync(join(folder, file));
    const request: VerifyRequest = { golden, file, recompute: false, precision: 'f16-storage', defaultLimits: true };
    const { report } = await session.run('verify', request);
    expect(report.groups.filter((group) => !group.passed)).toEqual([]);
    const logits = report.groups.filter(({ group }) => group.endsWith('.logits'));
    expect(logits.map(({ group }) => group)).toEqual(['eval.logits', 'train.logits']);
    for (const { error } of logits) {
      expect(error).toBeLessThan(2e-2);
      expect(error, 'of f16 values, not of float32').toBeGreaterThan(5e-6);
    }
  });
}

// The features and limits that this GPU has beyond the default ones.
for (const file of one('all features', ['bc-smoothing-clipped.safetensors', 'imagenet-odd.safetensors'])) {
  test(`${file}, all features`, onlyOn('node'), async ({ session }) => {
    const golden = readFileSync(join(folder, file));
    const request: VerifyRequest = { golden, file, recompute: false, defaultLimits: false };
    const { report } = await session.run('verify', request);
    expect(report.groups.length).toBe(8);
    expect(report.groups.filter((group) => !group.passed)).toEqual([]);
  });
}
