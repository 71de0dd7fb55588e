// `npm test`: everything, stage after stage, as it comes; then how long each stage took, every skip with its reason, and
// one line over all of it. A stage that fails does not stop the next. Exit code 1 where anything failed.
// `npm run test:quick`: what answers in under two minutes on two idle cores. It says at the end what it has left out.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'densenet-test-'));
const module = (path) => join(root, 'node_modules', path);

/** A stage: a program of node's, and what it counts. Left out, the stage itself is one check. */
const CHECKS = [
  { name: 'format and lint', args: [module('@biomejs/biome/bin/biome'), 'check'] },
  { name: 'types', args: [module('typescript/bin/tsc')] },
  { name: 'types of the core, without DOM and Node', args: [module('typescript/bin/tsc'), '-p', 'tsconfig.core.json'] },
];
const UNIT_TESTS = {
  name: 'unit tests',
  args: [module('vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json'],
  options: (file) => [`--outputFile.json=${file}`],
  count: countVitest,
};
const GPU_TESTS = {
  name: 'kernels, networks, pages and package',
  // A second attempt has the seed of the first, so that a wrong number is wrong again. What needed one is listed.
  args: [module('playwright/cli.js'), 'test', '--reporter=list,json', '--retries=1'],
  // Nothing is built again: FULL has a stage for it.
  env: (file) => ({ PLAYWRIGHT_JSON_OUTPUT_FILE: file, BUILD: '' }),
  count: countPlaywright,
};

/** Unit tests that start processes, compile every preset, or damage files by the thousand. */
const SLOW_TESTS = [
  'cli/commands/**',
  'cli/host/**',
  'src/densenet/autotune/{candidates,tiles-compile}.test.ts',
  'src/densenet/plan/**',
  'tests/fuzz/**',
  'tests/jobs/**',
];
/** One kernel of each kind, and a network against PyTorch, whose convolutions and gradients they are. */
const QUICK_GPU_TESTS = [
  'transition/pool',
  'statistics/finalize',
  'head/linear',
  'loss/cross-entropy',
  'optimizer/sgd',
  'plain-narrow-one-image.safetensors',
];

const FULL = [
  ...CHECKS,
  { name: 'build', args: ['scripts/build.mjs', 'package', 'tests', 'demo', 'bench'] },
  UNIT_TESTS,
  GPU_TESTS,
];
const QUICK = [
  ...CHECKS,
  {
    ...UNIT_TESTS,
    name: 'unit tests that are quick',
    args: [...UNIT_TESTS.args, ...SLOW_TESTS.flatMap((tests) => ['--exclude', tests])],
  },
  {
    ...GPU_TESTS,
    name: 'some kernels and one golden under Node.js',
    args: [
      ...GPU_TESTS.args,
      '--project=node',
      'kernels/kernels.spec',
      'networks/goldens.spec',
      `--grep= (${QUICK_GPU_TESTS.join('|')})( @|$)`,
    ],
    env: (file) => ({ ...GPU_TESTS.env(file), BUILD: 'tests-node' }),
  },
];
const isQuick = process.argv.includes('--quick');

/** Runs a stage with its output on ours; its exit code. */
function run({ args, options, env }, file) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...args, ...(options?.(file) ?? [])], {
      cwd: root,
      env: { ...process.env, ...env?.(file) },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function countVitest({ testResults }) {
  const tests = testResults.flatMap((file) => file.assertionResults);
  const skips = tests.filter(({ status }) => status === 'skipped' || status === 'pending' || status === 'todo');
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    // A file that does not even load has no tests.
    failed:
      tests.filter(({ status }) => status === 'failed').length +
      testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).length,
    skips: skips.map(({ fullName, meta }) => ({ test: fullName, reason: meta?.reason ?? 'marked as skipped' })),
  };
}

function countPlaywright({ suites, errors }) {
  const tests = suites.flatMap(function specs(suite) {
    const own = suite.specs.flatMap((spec) => spec.tests.map((test) => ({ title: spec.title, ...test })));
    return [...own, ...(suite.suites ?? []).flatMap(specs)];
  });
  const unsteady = tests.flatMap(({ title, projectName, status, results }) => {
    const why = results.find(({ error }) => error)?.error.message ?? 'it said nothing';
    return status === 'flaky' ? [{ test: `${projectName}: ${title}`, reason: why }] : [];
  });
  const skips = tests.flatMap(({ title, projectName, status, annotations }) => {
    const skip = annotations.find(({ type }) => type === 'skip' || type === 'fixme');
    return status === 'skipped' && skip ? [{ test: `${projectName}: ${title}`, reason: skip.description ?? '' }] : [];
  });
  const passed = tests.filter(({ status }) => status === 'expected' || status === 'flaky').length;
  // What is neither passed nor skipped for a reason failed, or did not run because something else had.
  return { passed, failed: Math.max(tests.length - passed - skips.length, errors.length > 0 ? 1 : 0), skips, unsteady };
}

/** What a stage came to. One that ends badly though nothing that it counted failed has failed as a whole. */
function resultOf({ count }, file, code) {
  const whole = { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skips: [] };
  if (!count) return whole;
  try {
    const result = count(JSON.parse(readFileSync(file, 'utf8')));
    return code !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
  } catch (error) {
    process.stderr.write(`test: the stage left no report: ${error.message}\n`);
    return { ...whole, passed: 0, failed: 1 };
  }
}

const results = [];
for (const [i, stage] of (isQuick ? QUICK : FULL).entries()) {
  process.stdout.write(`\n=== ${stage.name}\n`);
  const file = join(scratch, `${i}.json`);
  const start = performance.now();
  const code = await run(stage, file);
  results.push({ name: stage.name, seconds: (performance.now() - start) / 1000, ...resultOf(stage, file, code) });
}
rmSync(scratch, { recursive: true, force: true });

const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
const skips = results.flatMap((result) => result.skips);
process.stdout.write('\n=== time\n');
for (const { name, seconds, failed } of results) {
  process.stdout.write(`${seconds.toFixed(0).padStart(5)} s  ${name}${failed > 0 ? `: ${failed} FAILED` : ''}\n`);
}
process.stdout.write(`${total('seconds').toFixed(0).padStart(5)} s  in all\n`);
if (skips.length > 0) process.stdout.write('\n=== skipped\n');
for (const { test, reason } of skips) process.stdout.write(`${test}: ${reason}\n`);
// The same seed, the same cases: what differs between two attempts is timing, in the test or in what it tests.
const unsteady = results.flatMap((result) => result.unsteady ?? []);
if (unsteady.length > 0) process.stdout.write('\n=== passed at the second attempt only: each is a fault to be found\n');
for (const { test, reason } of unsteady) process.stdout.write(`${test}:\n${reason}\n`);
if (isQuick) {
  process.stdout.write(
    `\nleft out: unit tests of ${SLOW_TESTS.join(', ')}; all other kernels and goldens; Deno, Chromium and Firefox; training, pages and package (npm test has all)\n`,
  );
}
const atSecond = unsteady.length > 0 ? ` (${unsteady.length} at the second attempt)` : '';
process.stdout.write(`\n${total('passed')} passed${atSecond}, ${total('failed')} failed, ${skips.length} skipped\n`);
process.exitCode = total('failed') > 0 ? 1 : 0;
