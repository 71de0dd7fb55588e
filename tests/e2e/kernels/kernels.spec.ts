// Every kernel against its float64 reference, a test a kernel. The cases themselves lie beside this file and run in the
// host (tests/jobs/kernel-cases.ts); here their names are read, and their failures told.

import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';
import type { KernelCasesInput } from '../../jobs/kernel-cases.ts';
import { drawn, expect, seed, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

// Shaders are imported as text, which vite does.
const suitesFile = fileURLToPath(new URL('./suites.ts', import.meta.url));
const { module } = await runnerImport<typeof import('./suites.ts')>(suitesFile, { configFile: false });
const kernels = [...new Set(module.suites.map(({ kernel }) => kernel.id))].sort();
const supportsF16Storage = new Set(
  module.kernelCases(0).flatMap((c) => (c.packedF16.length > 0 ? [c.suite.kernel.id] : [])),
);

for (const kernel of kernels) add(kernel, kernel, false);
for (const kernel of [...supportsF16Storage].sort()) add(`${kernel}, f16`, kernel, true);

function add(title: string, kernel: string, packedF16: boolean): void {
  // Tint is Chromium's and Node's, naga Deno's and Firefox's: for a second set of texts one host of each is enough,
  // and Firefox, which may be missing, has tiles, f16, whole networks, and of these cases those of kernels without f16.
  const hosts = packedF16
    ? onlyOn('node', 'firefox')
    : supportsF16Storage.has(kernel)
      ? onlyOn('chromium', 'node', 'deno')
      : {};
  test(title, hosts, async ({ session, host }, info) => {
    // Texts whose loops are unrolled, as users run them, compile several times slower than those whose loops are kept. Both are
    // held in every run: one under Tint, the other under naga, and which is drawn, kernel by kernel; naga's take much longer.
    const [tint, naga] = packedF16 ? (['node', 'firefox'] as const) : (['chromium', 'deno'] as const);
    const unroll = host === (drawn(title, 3) > 0 ? tint : naga);
    // Every size in every variant where compiling is cheapest; the others have each of both, paired anew in every run, and
    // Chromium, whose compiler and driver are Node's, half of them.
    const coverage = host === 'node' ? 'crossed' : host === 'chromium' ? 'halved' : 'paired';
    const only = process.env.CASE ?? '';
    const input: KernelCasesInput = { kernel, seed: seed(), only, packedF16, unroll, coverage };
    let last = '';
    const onEvent = (event: { readonly case: string }) => {
      last = event.case;
    };
    const result = await session.run('kernel-cases', input, { onEvent }).catch((cause) => {
      throw new Error(`in case ${last}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    });
    const { reports, pipelines, compileMilliseconds } = result;
    const worst = Math.max(0, ...reports.map((c) => c.worst));
    const compiled = `${pipelines} pipelines compiled in ${(compileMilliseconds / 1000).toFixed(1)} s`;
    info.annotations.push({
      type: 'cases',
      description: `${reports.length}, worst ${worst.toPrecision(2)} tolerances; ${compiled}`,
    });
    if (process.env.CASE === undefined) expect(reports.length, 'cases that ran').toBeGreaterThan(0);
    const failures = reports.filter((c) => !c.passed).map((c) => `${c.name}\n${c.message}`);
    expect(failures.length, `SEED=${seed()}\n${failures.join('\n\n')}`).toBe(0);
  });
}
