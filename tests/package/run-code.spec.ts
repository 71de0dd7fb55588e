// What a user copies runs: the snippets of README and docs, and the examples. They import 'densenet-webgpu' by its own name,
// which package.json's `exports` leads to the built library.
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build, transformWithOxc } from 'vite';
import { softwareEnvironment } from '../../cli/host/gpu-choice.ts';
import { packageRoot } from '../../cli/host/package-root.ts';
import { softwareGpu } from '../../cli/host/software-gpu.ts';
import { gpuChoice } from '../e2e/fixtures/host-test.ts';
import { clothes } from '../e2e/fixtures/image-files.ts';
import { expect, test } from '../e2e/pages/page-test.ts';
import { snippets } from './snippets.ts';

// Inside the repository, where Node.js finds the package by its own name.
const scratch = join(packageRoot, 'dist/run-code');
const weights = join(packageRoot, 'data/models/fashion-mnist-small.safetensors');
const browserGlobals = pathToFileURL(join(packageRoot, 'tests/package/browser-globals.mjs')).href;

test.beforeAll(() => {
  execFileSync(process.execPath, [join(packageRoot, 'scripts/build.mjs'), '--if-stale', 'library']);
  mkdirSync(scratch, { recursive: true });
});

/** Runs a program under Node.js with the GPU that the tests have; what it prints. */
async function run(cwd: string, ...args: string[]): Promise<string> {
  const gpu = gpuChoice() === 'hardware' ? {} : softwareEnvironment(await softwareGpu());
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, env: { ...process.env, ...gpu } });
  return stdout;
}

/** Files of the Fashion-MNIST sample in a folder of its own: `Trouser 1.png` … */
async function imageFolder(name: string, each: number): Promise<string> {
  const folder = join(mkdtempSync(join(scratch, 'images-')), name);
  mkdirSync(folder, { recursive: true });
  for (const [file, bytes] of Object.entries(await clothes(each))) writeFileSync(join(folder, file), bytes);
  return folder;
}

test.describe('every snippet of README and docs runs as it stands', () => {
  for (const { name, code } of snippets()) {
    test(name, async () => {
      const cwd = mkdtempSync(join(scratch, `${name}-`));
      copyFileSync(weights, join(cwd, 'model.safetensors'));
      const { code: script } = await transformWithOxc(code, `${name}.ts`);
      // A device that nobody destroys keeps Node.js alive.
      writeFileSync(join(cwd, 'snippet.mjs'), `${script}\n(await import('node:process')).exit();\n`);
      await run(cwd, '--import', browserGlobals, 'snippet.mjs');
      rmSync(cwd, { recursive: true });
    });
  }
});

const example = (name: string) => join(packageRoot, 'examples', name);

test('examples/infer.mjs names what images show', async () => {
  const folder = await imageFolder('all', 1);
  const output = await run(folder, example('infer.mjs'), weights, 'Trouser 1.png', 'Bag 1.png');
  expect(output).toBe('Trouser 1.png: Trouser\nBag 1.png: Bag\n');
});

test('examples/fine-tune.mjs learns two classes, and infer.mjs takes its file', async () => {
  const folder = await imageFolder('all', 4);
  const classes = join(folder, '../classes');
  for (const [name, is] of Object.entries({ legs: 'Trouser', other: 'Bag' })) {
    mkdirSync(join(classes, name), { recursive: true });
    for (const number of [1, 2, 3]) {
      const file = `${is} ${number}.png`;
      copyFileSync(join(folder, file), join(classes, name, file));
    }
  }
  expect(await run(folder, example('fine-tune.mjs'), weights, classes, 'tuned.safetensors')).toContain('step 40: loss');
  const output = await run(folder, example('infer.mjs'), 'tuned.safetensors', 'Trouser 4.png', 'Bag 4.png');
  expect(output).toBe('Trouser 4.png: legs\nBag 4.png: other\n');
});

test('examples/explain.mjs writes a heat map', async () => {
  const folder = await imageFolder('all', 1);
  expect(await run(folder, example('explain.mjs'), weights, 'Trouser 1.png', '1', 'why.png')).toContain('why.png: 7x7');
  expect(statSync(join(folder, 'why.png')).size).toBeGreaterThan(100);
});

test('examples/classify-page classifies what is chosen', async ({ openPage }) => {
  const outDir = join(scratch, 'classify-page');
  await build({
    configFile: false,
    root: example('classify-page'),
    base: './',
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, target: 'es2023' },
  });
  const folder = await imageFolder('all', 1);
  const page = await openPage('run-code/classify-page/');
  await page.setInputFiles('#weights', weights);
  await expect(page.locator('#status')).toHaveText(/^Ready: fashion-mnist-small.safetensors on /);
  await page.setInputFiles('#images', [join(folder, 'Trouser 1.png'), join(folder, 'Bag 1.png')]);
  await expect(page.locator('#results li')).toHaveText(['Trouser 1.png: Trouser', 'Bag 1.png: Bag']);
});
