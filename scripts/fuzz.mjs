// Bad files for every reader, for as long as you like: `npm run fuzz -- [--target NAME] [--seconds N] [--cases N] [--seed S]
// [--case N]`. What breaks a promise is printed with the line that does it again; exit code 1 then.
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { runnerImport } from 'vite';

const number = { type: 'string' };
const { values } = parseArgs({
  options: { target: { type: 'string' }, seconds: number, cases: number, seed: number, case: number },
});
const whole = (name, otherwise) => {
  const value = values[name] === undefined ? otherwise : Number(values[name]);
  if (value === undefined || (Number.isInteger(value) && value >= 0)) return value;
  process.stderr.write(`fuzz: --${name} ${values[name]} is not a whole number\n`);
  process.exit(2);
};
const seed = whole('seed', Math.floor(Math.random() * 1e9));
const seconds = whole('seconds', 60);
const cases = whole('cases', Number.MAX_SAFE_INTEGER);
const only = whole('case', undefined);

const root = fileURLToPath(new URL('..', import.meta.url));
const { module } = await runnerImport(join(root, 'tests/fuzz/run-case.ts'), { configFile: false, logLevel: 'error' });
const { runCase, TARGETS } = module;
const names = Object.keys(TARGETS).filter((name) => values.target === undefined || name === values.target);
if (names.length === 0) {
  process.stderr.write(`fuzz: no target is called ${values.target}; there are ${Object.keys(TARGETS).join(', ')}\n`);
  process.exit(2);
}
const again = (target, at) => `npm run fuzz -- --target ${JSON.stringify(target)} --seed ${seed} --case ${at}`;

// A reader that hangs cannot be interrupted from its own thread.
const progress = new BigInt64Array(new SharedArrayBuffer(16));
const watchdog = new Worker(
  `const { workerData: { progress, names, seed } } = require('node:worker_threads');
  let last = [-1n, 0];
  setInterval(() => {
    const at = progress[0];
    last = at === last[0] ? [at, last[1] + 1] : [at, 0];
    if (last[1] < 20) return;
    require('node:fs').writeSync(2, 'hangs: npm run fuzz -- --target "' + names[Number(progress[1])] + '" --seed ' + seed + ' --case ' + at + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }, 1000);`,
  { eval: true, workerData: { progress, names, seed } },
);
watchdog.unref();

process.stdout.write(`fuzz: ${names.length} targets, seed ${seed}\n`);
const end = performance.now() + 1000 * seconds;
const counts = { value: 0, refused: 0, broken: 0 };
const total = () => counts.value + counts.refused + counts.broken;
for (let at = only ?? 0; performance.now() < end && total() < cases; at++) {
  for (const [i, name] of names.entries()) {
    progress[1] = BigInt(i);
    progress[0] = BigInt(at);
    const outcome = await runCase(TARGETS[name], { target: name, seed, number: at });
    counts[outcome.kind]++;
    if (outcome.kind === 'broken') process.stdout.write(`${again(name, at)}\n  ${outcome.how}\n`);
  }
  if (only !== undefined) break;
}
process.stdout.write(`${total()} cases: ${counts.value} read, ${counts.refused} refused, ${counts.broken} broken\n`);
process.exit(counts.broken > 0 ? 1 : 0);
