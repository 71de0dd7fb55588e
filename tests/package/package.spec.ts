// The package as its users meet it: packed, installed into a vite project with no network, checked by publint, attw and three
// versions of TypeScript (with the code of README, docs and examples), built, and run in a browser.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packageRoot } from '../../cli/host/package-root.ts';
import { expect, test } from '../e2e/pages/page-test.ts';
import { snippets } from './snippets.ts';

// Under the repository, where the project finds vite and TypeScript without having them installed.
const project = join(packageRoot, 'dist/package-test');
const installed = join(project, 'node_modules/densenet-webgpu');

test.describe.configure({ mode: 'serial', timeout: 180_000 });

const npm = (cwd: string, ...args: string[]) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: 'pipe' });
const bin = (path: string, ...args: string[]) =>
  execFileSync(process.execPath, [join(packageRoot, 'node_modules', path), ...args], { cwd: project, stdio: 'pipe' });

/** Bytes that a page's visitors load for all of its scripts. */
const LIMIT_BYTES = 80_000;

const TYPESCRIPT = {
  '5.7': '../tests/package/typescript-5.7/node_modules/typescript/bin/tsc',
  '6.0': '../scripts/api-docs/node_modules/typescript/bin/tsc',
  '7.0': 'typescript/bin/tsc',
} as const;

interface TypeCheck {
  readonly version?: keyof typeof TYPESCRIPT;
  readonly include: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What TypeScript says of files of the project, as a user's project compiles them: its errors, none. */
function typeErrors({ version = '7.0', include, options = {} }: TypeCheck): string {
  const compilerOptions = {
    target: 'ES2022',
    module: 'ESNext',
    moduleResolution: 'bundler',
    lib: ['ES2024', 'DOM', 'DOM.Iterable'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    // TypeScript's own, which are most of what there is to check. The package's are checked.
    skipDefaultLibCheck: true,
    ...options,
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }));
  try {
    bin(TYPESCRIPT[version], '-p', 'tsconfig.json', '--pretty', 'false');
    return '';
  } catch (error) {
    return String((error as { stdout?: Buffer }).stdout ?? error);
  }
}

test('packs, and installs with no network', () => {
  rmSync(project, { recursive: true, force: true });
  cpSync(join(packageRoot, 'tests/package/project'), project, { recursive: true });
  mkdirSync(join(project, 'packed'));
  // As `prepack` does, but for what is built from these sources already.
  execFileSync(process.execPath, [join(packageRoot, 'scripts/build.mjs'), '--if-stale', 'package'], {
    stdio: 'inherit',
  });
  npm(packageRoot, 'pack', '--ignore-scripts', '--pack-destination', join(project, 'packed'));
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

test('brings the licences of what it bundles', () => {
  const notices = readFileSync(join(installed, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
  for (const name of ['commander', 'send', '@noble/hashes', 'd3-dsv']) {
    const [, text = ''] = notices.split(new RegExp(`^${name} [\\d.]+$`, 'm'));
    expect(text, name).toMatch(/^Licence: (MIT|ISC)$[\s\S]*Permission[\s\S]*copyright notice/im);
  }
  expect(readFileSync(join(packageRoot, 'dist/demo/THIRD-PARTY-NOTICES.txt'), 'utf8')).toMatch(/^preact [\d.]+$/m);
});

test('every public symbol is documented', () => {
  // TypeDoc fails for one that is not: a type, a field, a method, a parameter's link.
  npm(packageRoot, 'run', 'docs');
  expect(readFileSync(join(packageRoot, 'dist/docs/index.html'), 'utf8')).toContain('densenet-webgpu');
});

test('its command line runs', () => {
  const described = npm(project, 'exec', '--offline', 'densenet', '--', 'describe', 'bc-100-12', '--json');
  expect(JSON.parse(described)).toMatchObject({ parameters: 769_162 });
});

test('attw finds every entry point resolved, for ES modules', () => {
  const [tarball = ''] = readdirSync(join(project, 'packed'));
  // CommonJS callers load it by import(), or by require() from Node.js 22 on.
  bin('@arethetypeswrong/cli/dist/index.js', join('packed', tarball), '--profile', 'esm-only');
});

test('type-checks in a page, and refuses what is wrong', () => {
  expect(typeErrors({ include: ['main.js'] })).toBe('');
  writeFileSync(
    join(project, 'wrong.ts'),
    "import { buildNetwork, PRESETS } from 'densenet-webgpu';\nbuildNetwork({ ...PRESETS.densenet121, classes: 'ten' });\n",
  );
  expect(typeErrors({ include: ['wrong.ts'] })).toMatch(/^wrong\.ts\(2,\d+\): error TS2322/);
});

test('snippets of README and docs, and examples, type-check', () => {
  mkdirSync(join(project, 'snippets'));
  for (const { name, code } of snippets()) {
    expect(code, `${name} is a program of its own`).toMatch(/^import .* from 'densenet-webgpu(\/node)?';$/ms);
    writeFileSync(join(project, 'snippets', `${name}.ts`), code);
  }
  cpSync(join(packageRoot, 'examples'), join(project, 'examples'), { recursive: true });
  // The npm package `webgpu` brings @webgpu/types, which repeat what TypeScript's DOM library has: hence no library check.
  const options = { types: ['node'], lib: ['ES2024', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'], skipLibCheck: true };
  expect(typeErrors({ include: ['snippets', 'examples'], options })).toBe('');
});

test.describe('its declarations are right in full', () => {
  // TypeScript has WebGPU in its DOM library from 6.0 on, and @webgpu/types conflict with that: they are an optional peer.
  const modules = [
    { module: 'ESNext', moduleResolution: 'bundler' },
    { module: 'NodeNext', moduleResolution: 'NodeNext' },
  ];
  for (const options of modules) {
    test(`for TypeScript 6.0 and 7.0 as they are (${options.moduleResolution})`, () => {
      for (const version of ['6.0', '7.0'] as const)
        expect(typeErrors({ version, include: ['api.ts'], options }), version).toBe('');
    });
    test(`for TypeScript 5.7 with @webgpu/types (${options.moduleResolution})`, () => {
      const given = { ...options, types: ['@webgpu/types'] };
      expect(typeErrors({ version: '5.7', include: ['api.ts'], options: given })).toBe('');
    });
  }

  test('and without @webgpu/types TypeScript 5.7 misses WebGPU alone', () => {
    const lines = typeErrors({ version: '5.7', include: ['api.ts'] })
      .trim()
      .split('\n');
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toMatch(/Cannot find name 'GPU\w*'|Property 'gpu' does not exist/);
  });
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
