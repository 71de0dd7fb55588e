// `npm test`: everything there is to check, one stage after another, and at the end one line over all of them.
// A stage that fails does not stop the next. Skipped tests are listed with their reasons, ahead of the last line:
//     N passed, N failed, N skipped
// `npm test -- unit e2e` runs the stages named.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const reports = await mkdtemp(join(tmpdir(), 'densenet-tests-'));
const bin = (name) => join('node_modules', '.bin', name);

/** Each stage: commands, run until one fails, and how many tests they were. */
const stages = {
  check: { commands: [[bin('biome'), 'check'], [bin('tsc')], [bin('tsc'), '-p', 'tsconfig.core.json']], count: asOne },
  unit: {
    commands: [
      [bin('vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile=${join(reports, 'unit')}`],
    ],
    count: countUnit,
  },
  package: { commands: [['node', 'scripts/build.mjs', 'package'], [bin('publint')]], count: asOne },
  e2e: {
    commands: [[bin('playwright'), 'test', '--reporter=list,json']],
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: join(reports, 'e2e') },
    count: countEndToEnd,
  },
};

const named = process.argv.slice(2);
const unknown = named.find((name) => !Object.hasOwn(stages, name));
if (unknown) {
  console.error(`test: there is no stage ${unknown}; there are ${Object.keys(stages).join(', ')}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0, skipped: 0 };
const skips = [];
for (const [name, stage] of Object.entries(stages)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const start = Date.now();
  const code = await runAll(stage);
  const counts = await stage.count(code);
  for (const key of Object.keys(total)) total[key] += counts[key];
  // A runner that fails without a failed test (it did not start, or ended early) counts as a failure.
  if (code !== 0 && counts.failed === 0) total.failed++;
  console.log(`== ${name}: ${code === 0 ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - start) / 1000)} s\n`);
}
await rm(reports, { recursive: true, force: true });
for (const skip of skips) console.log(`skipped: ${skip}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);

async function runAll({ commands, env }) {
  for (const [command, ...args] of commands) {
    console.log(`== ${[command, ...args].join(' ').replaceAll(reports, '')}`);
    const code = await new Promise((resolve) => {
      const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
      child.on('error', (error) => {
        console.error(`${command}: ${error.message}`);
        resolve(1);
      });
      child.on('exit', (status) => resolve(status ?? 1));
    });
    if (code !== 0) return code;
  }
  return 0;
}

function asOne(code) {
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function report(name) {
  try {
    return JSON.parse(await readFile(join(reports, name), 'utf8'));
  } catch {
    return undefined;
  }
}

async function countUnit() {
  const json = await report('unit');
  if (!json) return { passed: 0, failed: 1, skipped: 0 };
  for (const file of json.testResults) {
    for (const test of file.assertionResults) if (test.status === 'pending') skips.push(test.fullName);
  }
  return {
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests + json.numTodoTests,
  };
}

async function countEndToEnd() {
  const json = await report('e2e');
  if (!json) return { passed: 0, failed: 1, skipped: 0 };
  const walk = (suite, titles) => {
    for (const spec of suite.specs ?? []) {
      for (const test of spec.tests) {
        if (test.status !== 'skipped') continue;
        const reason = test.annotations.find((a) => a.type === 'skip')?.description ?? 'no reason given';
        skips.push(`[${test.projectName}] ${[...titles, spec.title].join(' > ')}: ${reason}`);
      }
    }
    for (const inner of suite.suites ?? []) walk(inner, [...titles, inner.title]);
  };
  for (const suite of json.suites) walk(suite, [suite.title]);
  const { expected, unexpected, flaky, skipped } = json.stats;
  return { passed: expected + flaky, failed: unexpected, skipped };
}
