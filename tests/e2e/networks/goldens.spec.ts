// Whole networks against PyTorch: what tests/golden holds, everything in it, on WebGPU's default limits, with bottlenecks
// kept and computed again. Among them are a network at 224 x 224 and the loss curve of twenty steps.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../cli/host/package-root.ts';
import type { VerifyInput, VerifyReport } from '../../../src/hosts/jobs/verify.ts';
import { message } from '../../../src/hosts/message.ts';
import { expect, test } from '../fixtures/host-test.ts';
import { holdGolden } from './hold-golden.ts';

const folder = join(packageRoot, 'tests/golden');
const files = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));

test('there are goldens', () => expect(files.length).toBeGreaterThanOrEqual(8));

for (const file of files) {
  test(file, async ({ session, host }, info) => {
    // Their tiles are the same on every host, and each host compiles them in compile.spec.ts.
    info.skip(file.startsWith('paper-maps') && host !== 'node', 'paper-sized maps take long in software: node only');
    await holdGolden(session, file, readFileSync(join(folder, file)), info);
  });
}

// Features as halves against PyTorch's exact results: what rounding them costs. Two compilers see all of its texts.
for (const file of ['bc-single-pixels.safetensors', 'imagenet-odd.safetensors', 'plain-paper.safetensors']) {
  test(`${file}, features as halves`, async ({ session, host }, info) => {
    info.skip(host === 'chromium' || host === 'firefox', 'halves are held under Node and Deno');
    const input: VerifyInput = { file, recompute: false, precision: 'f16-storage', defaultLimits: true };
    const golden = readFileSync(join(folder, file));
    const report = (await session.run('verify', message(input, { golden }))).head as VerifyReport;
    expect(report.groups.filter((group) => !group.passed)).toEqual([]);
    const logits = report.groups.filter(({ group }) => group.endsWith('.logits'));
    expect(logits.map(({ group }) => group)).toEqual(['eval.logits', 'train.logits']);
    for (const { error } of logits) {
      expect(error).toBeLessThan(2e-2);
      expect(error, 'of halves, not of float32').toBeGreaterThan(5e-6);
    }
  });
}

// The features and limits that this GPU has beyond the default ones.
for (const file of ['bc-smoothing-clipped.safetensors', 'imagenet-odd.safetensors']) {
  test(`${file}, all features`, async ({ session }) => {
    const input: VerifyInput = { file, recompute: false, defaultLimits: false };
    const golden = readFileSync(join(folder, file));
    const { head } = await session.run('verify', message(input, { golden }));
    const report = head as VerifyReport;
    expect(report.groups.length).toBe(8);
    expect(report.groups.filter((group) => !group.passed)).toEqual([]);
  });
}
