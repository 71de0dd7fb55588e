// What a user copies runs: the snippets of README and docs, and the examples. They import 'densenet-webgpu' by its own name,
// which package.json's `exports` leads to the built library.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, transformWithOxc } from 'vite';
import { packageRoot } from '../../cli/host/package-root.ts';
import { expect, test } from '../e2e/pages/page-test.ts';
import { buildLibrary, classFolders, imageFolder, run, scratch, weights } from './run-program.ts';
import { snippets } from './snippets.ts';

const browserGlobals = pathToFileURL(join(packageRoot, 'tests/package/browser-globals.mjs')).href;

test.beforeAll(buildLibrary);

test.describe('every snippet of README and docs runs as it stands', () => {
  for (const { name, code } of snippets()) {
    test(name, async () => {
      const cwd = mkdtempSync(join(scratch, `${name}-`));
      copyFileSync(weights, join(cwd, 'model.safetensors'));
      await classFolders(join(cwd, 'photos'), ['Bag', 'Trouser'], 4);
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
  expect(await run(folder, example('fine-tune.mjs'), weights, classes, 'tuned.safetensors')).toContain(
    'epoch 20: loss',
  );
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
