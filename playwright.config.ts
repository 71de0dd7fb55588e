// Everything that runs on a GPU: the same kernels and networks under Chromium (Tint), Node (Dawn) and Deno (naga). Two
// workers: on a software GPU nearly all time goes into compiling shaders, which takes one core; but one of each host, whose
// device keeps what it has compiled for all of them (tests/jobs/shared-gpu.ts). SEED chooses the random
// cases of a run and is printed; GPU forces hardware or software; CASE narrows a kernel's cases to those whose name
// contains it.
import { register } from 'node:module';
import process from 'node:process';
import { defineConfig } from 'playwright/test';
import { HOSTS } from './cli/host/gpu-choice.ts';
import type { HostOptions } from './tests/e2e/fixtures/host-test.ts';
import { notOn } from './tests/e2e/fixtures/only-on.ts';

// Every worker reads this file as well.
register('./tests/e2e/fixtures/wgsl-loader.mjs', import.meta.url);

// Set before the workers start, which inherit it: all draw the same cases.
process.env.SEED ??= String(Math.floor(Math.random() * 1e9));

export default defineConfig<object, HostOptions>({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  globalSetup: './tests/e2e/fixtures/build.ts',
  workers: 2,
  fullyParallel: true,
  // Shaders compile several times slower beside other work.
  timeout: 600_000,
  // How long a page takes on a busy machine is not what is tested.
  expect: { timeout: 60_000 },
  forbidOnly: true,
  reporter: 'list',
  projects: [
    ...[...HOSTS, 'firefox' as const].map((host) => ({
      name: host,
      testMatch: ['**/kernels/**/*.spec.ts', '**/networks/**/*.spec.ts'],
      grepInvert: notOn(host),
      use: { host },
      workers: 1,
    })),
    { name: 'training', testMatch: ['**/training/**/*.spec.ts'], use: { host: 'node' }, workers: 1 },
    { name: 'pages', testMatch: ['**/pages/**/*.spec.ts'] },
    { name: 'package', testDir: 'tests/package', fullyParallel: false },
  ],
});
