// The package as its users meet it: packed, installed into a vite project with no network, checked by publint and by
// TypeScript (README's code too), built, and run in a browser.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packageRoot } from '../../cli/host/package-root.ts';
import { expect, test } from '../e2e/pages/page-test.ts';

// Under the repository, where the project finds vite and TypeScript without having them installed.
const project = join(packageRoot, 'dist/package-test');
const installed = join(project, 'node_modules/densenet-webgpu');

test.describe.configure({ mode: 'serial', timeout: 180_000 });

const npm = (cwd: string, ...args: string[]) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: 'pipe' });
const bin = (path: string, ...args: string[]) =>
  execFileSync(process.execPath, [join(packageRoot, 'node_modules', path), ...args], { cwd: project, stdio: 'pipe' });

/** Bytes that a page's visitors load for all of its scripts. */
const LIMIT_BYTES = 80_000;

/** What TypeScript says of the project: its errors, none. */
function typeErrors(): string {
  try {
    bin('typescript/bin/tsc', '--pretty', 'false');
    return '';
  } catch (error) {
    return String((error as { stdout?: Buffer }).stdout ?? error);
  }
}

test('packs, and installs with no network', () => {
  rmSync(project, { recursive: true, force: true });
  cpSync(join(packageRoot, 'tests/package/project'), project, { recursive: true });
  mkdirSync(join(project, 'packed'));
  npm(packageRoot, 'pack', '--pack-destination', join(project, 'packed'));
  const [tarball = ''] = readdirSync(join(project, 'packed'));
  expect(tarball).toMatch(/^densenet-webgpu-.*\.tgz$/);
  npm(project, 'install', '--offline', '--no-audit', '--no-fund', `./packed/${tarball}`);
  expect(readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
    'densenet-webgpu',
  ]);
});

test('publint finds nothing', async () => {
  const { messages, pkg = {} } = await publint({ pkgDir: installed, strict: true });
  expect(messages.map((found) => formatMessage(found, pkg))).toEqual([]);
});

test('its command line runs', () => {
  const described = npm(project, 'exec', '--offline', 'densenet', '--', 'describe', 'bc-100-12', '--json');
  expect(JSON.parse(described)).toMatchObject({ parameters: 769_162 });
});

test("type-checks, README's code too, and refuses what is wrong", () => {
  const [, code] = /```ts\n(.*?)```/s.exec(readFileSync(join(packageRoot, 'README.md'), 'utf8')) ?? [];
  expect(code).toContain("from 'densenet-webgpu'");
  const given = [
    "import type { Batch } from 'densenet-webgpu';",
    'declare const batches: Iterable<Batch>;',
    'declare const images: Float32Array<ArrayBuffer>;',
  ];
  writeFileSync(join(project, 'readme.ts'), `${given.join('\n')}\n${code}`);
  expect(typeErrors()).toBe('');
  writeFileSync(
    join(project, 'wrong.ts'),
    "import { buildNetwork, PRESETS } from 'densenet-webgpu';\nbuildNetwork({ ...PRESETS.densenet121, classes: 'ten' });\n",
  );
  expect(typeErrors()).toMatch(/^wrong\.ts\(2,\d+\): error TS2322/);
  rmSync(join(project, 'wrong.ts'));
});

test('builds, and runs in a browser: forty steps tell two images apart', async ({ openPage }) => {
  bin('vite/bin/vite.js', 'build', '--base', './', '--target', 'es2022', '--logLevel', 'warn');
  const scripts = readdirSync(join(project, 'dist/assets')).filter((name) => name.endsWith('.js'));
  const sizes = scripts.map((name) => gzipSync(readFileSync(join(project, 'dist/assets', name))).byteLength);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(LIMIT_BYTES);
  const page = await openPage('package-test/dist/');
  const output = page.locator('output');
  await expect(output).toHaveText(/logits/, { timeout: 120_000 });
  const { losses, logits, classes } = JSON.parse((await output.textContent()) ?? '');
  expect(losses.at(-1)).toBeLessThan(losses[0]);
  expect(logits.every(Number.isFinite)).toBe(true);
  expect(classes).toEqual([0, 2]);
});
