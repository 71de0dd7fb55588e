// Everything that is built or unit-tested, from one place: `vite build --mode TARGET` for a target below, `vitest` for
// the rest. `scripts/build.mjs` builds several at once. Bundles are single files that nothing else refers to, so that
// one can be replaced while a program runs from it.
import { execFileSync } from 'node:child_process';
import { builtinModules } from 'node:module';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { type ViteUserConfig as Config, defineConfig } from 'vitest/config';
import { REPORT_SCHEMA_FILE, reportJsonSchema } from './bench/json-schema.ts';
import { minifyWgslPlugin, pureDsvPlugin, withoutHelpPlugin, workerPlugins } from './demo/build/minify.ts';
import { precachePlugin, SERVICE_WORKER } from './demo/offline/precache-plugin.ts';
import {
  HEADERS_FILE,
  headerRules,
  headersFile,
  type PageName,
  type PolicyOptions,
  pagePolicy,
} from './ui/page-policy.ts';

// Found at run time beside the package, or missed with a sentence: they are large, and a library user needs none.
const optional = ['webgpu', 'deno', 'playwright', 'sharp', '@sparticuz/chromium'];
const builtins = [...builtinModules, ...builtinModules.map((name) => `node:${name}`)];

const bundle = (outDir: string, name: string, entry: string, ssr: boolean): Config => ({
  publicDir: false,
  plugins: ssr ? [elsewherePlugin(DICOM_CODECS, './dicom-codecs.js')] : [],
  logLevel: 'warn',
  ssr: { noExternal: true, target: 'node' },
  build: {
    outDir,
    ssr,
    target: ssr ? 'node20' : 'es2023',
    emptyOutDir: false,
    minify: false,
    sourcemap: false,
    rolldownOptions: {
      input: entry,
      external: ssr ? [...optional, ...builtins] : [],
      // A bundle of top-level await has no exports, but the library does.
      preserveEntrySignatures: 'exports-only',
      output: { format: 'es', entryFileNames: name, codeSplitting: false },
    },
  },
});

/**
 * `densenet-webgpu/node` takes the core's classes from `densenet-webgpu` and has no copies: an object of the one is an `instanceof`
 * the other's class, errors too. Of these files the core exports all that they export.
 */
function coreEntryPlugin(): Plugin {
  const shared = ['runtime/errors', 'runtime/device', 'densenet/model', 'training/classifier'];
  const files = shared.map((name) => fileURLToPath(new URL(`src/${name}.ts`, import.meta.url)));
  return {
    name: 'core-entry',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      const found = await this.resolve(source, importer, { ...options, skipSelf: true });
      return found && files.includes(found.id) ? { id: './index.js', external: true } : null;
    },
  };
}

/** A file of the library: what it imports on demand stays an import, which the bundler of a page splits off, and not vite's own preload. */
function library(name: string, entry: string): Config {
  const plain = bundle('dist', name, entry, false);
  return { ...plain, build: { ...plain.build, lib: { entry, formats: ['es'], fileName: () => name } } };
}

/** The decoders of DICOM's frames are a file of their own beside the bundles for Node.js, which load it with the first such frame. */
const DICOM_CODECS = 'data/dicom/codec-packages.ts';

function dicomCodecs(): Config {
  const plain = bundle('dist', 'dicom-codecs.js', `src/${DICOM_CODECS}`, true);
  return { ...plain, plugins: [plainCodecsPlugin()], build: { ...plain.build, minify: true } };
}

/** What reads other formats than safetensors is a file of its own, which the library loads when it meets one; errors are the core's classes. */
const OTHER_FORMATS = 'densenet/weights/other-formats.ts';

function elsewherePlugin(path: string, id: string): Plugin {
  const file = fileURLToPath(new URL(`src/${path}`, import.meta.url));
  return {
    name: 'elsewhere',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (!importer) return null;
      const found = await this.resolve(source, importer, { ...options, skipSelf: true });
      return found?.id === file ? { id, external: true } : null;
    },
  };
}

/**
 * Cornerstone's codecs look for Node.js to find files beside themselves, by names that only CommonJS has; these builds need no file. A text
 * that is not there any more fails the build.
 */
export function plainCodecsPlugin(): Plugin {
  const test = /ENVIRONMENT_IS_NODE=typeof process==?=?"object"&&[^;]*;/;
  return {
    name: 'plain-codecs',
    enforce: 'pre',
    transform(code, id) {
      if (!/@cornerstonejs[\\/]codec-.*_decode\.js$/.test(id)) return null;
      if (!test.test(code)) throw new Error(`${id}: does not look for Node.js as it did; see plainCodecsPlugin`);
      const plain = code.replace(test, 'ENVIRONMENT_IS_NODE=false;').replace(/require\("(?:fs|path)"\)/g, 'undefined');
      return { code: plain, map: null };
    },
  };
}

/** The commit that is built, for what reports say; `unknown` where the sources lie in no checkout. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

// A page with its assets beside it under relative paths, so that any folder of any server can hold it. Assets stay files:
// a `data:` address is another origin to the page's Content-Security-Policy.
const page = (root: PageName): Config => ({
  root,
  plugins: [policyPlugin(root), withoutHelpPlugin()],
  base: './',
  logLevel: 'warn',
  build: {
    outDir: `../dist/${root}`,
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
  },
  worker: { format: 'es' },
  define: { BUILD_COMMIT: JSON.stringify(commit()) },
});

// MODEL_HUB=huggingface: the demo page may load weights from that hub; else from nowhere but its own server.
const { MODEL_HUB = '' } = process.env;
if (!['', 'huggingface'].includes(MODEL_HUB)) {
  throw new Error(`MODEL_HUB: ${MODEL_HUB} is no hub that the page knows; huggingface, or leave it out`);
}

// The page's policy: as the first thing in its head, and beside it as a `_headers` file for servers that read one.
const policyOptions = (page: PageName): PolicyOptions => ({ hub: page === 'demo' && MODEL_HUB !== '' });

function policyPlugin(page: PageName): Plugin {
  const options = policyOptions(page);
  const attrs = { 'http-equiv': 'Content-Security-Policy', content: pagePolicy(page, options) };
  return {
    name: 'policy',
    transformIndexHtml: () => [{ tag: 'meta', attrs, injectTo: 'head-prepend' }],
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: HEADERS_FILE, source: headersFile(headerRules(page, options)) });
    },
  };
}

function demoPage(): Config {
  const plain = page('demo');
  return {
    ...plain,
    plugins: [policyPlugin('demo'), withoutHelpPlugin(), precachePlugin(policyOptions('demo'))],
    worker: { format: 'es', plugins: () => [...workerPlugins(), plainCodecsPlugin()] },
    define: { ...plain.define, BUILD_MODEL_HUB: JSON.stringify(MODEL_HUB !== '') },
    build: {
      ...plain.build,
      // Every browser with WebGPU preloads modules by itself.
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: { index: 'demo/index.html', 'service-worker': 'demo/offline/service-worker.ts' },
        output: {
          entryFileNames: ({ name }) => (name === 'service-worker' ? SERVICE_WORKER : 'assets/[name]-[hash].js'),
        },
      },
    },
  };
}

/** The bench page with its reports' JSON Schema beside it, for programs that read them. */
function benchPage(): Config {
  const plain = page('bench');
  const reportSchema: Plugin = {
    name: 'report-schema',
    generateBundle() {
      const source = `${JSON.stringify(reportJsonSchema(), undefined, 2)}\n`;
      this.emitFile({ type: 'asset', fileName: REPORT_SCHEMA_FILE, source });
    },
  };
  return { ...plain, plugins: [...(plain.plugins ?? []), reportSchema] };
}

const targets: Readonly<Record<string, Config>> = {
  library: {
    ...library('index.js', 'src/index.ts'),
    plugins: [
      minifyWgslPlugin(),
      withoutHelpPlugin(),
      pureDsvPlugin(),
      elsewherePlugin(OTHER_FORMATS, './other-formats.js'),
    ],
  },
  'library-formats': {
    ...library('other-formats.js', `src/${OTHER_FORMATS}`),
    plugins: [elsewherePlugin('runtime/errors.ts', './index.js')],
  },
  'library-node': {
    ...bundle('dist', 'node.js', 'src/node/index.ts', true),
    plugins: [coreEntryPlugin(), elsewherePlugin(DICOM_CODECS, './dicom-codecs.js')],
  },
  'dicom-codecs': dicomCodecs(),
  cli: bundle('dist', 'cli.js', 'cli/main.ts', true),
  // Beside the bundles that start it.
  'decode-worker': bundle('dist', 'decode-worker.js', 'src/node/decode-worker.ts', true),
  'hosts-node': bundle('dist/hosts', 'node.js', 'src/jobs/entry-node.ts', true),
  'hosts-deno': bundle('dist/hosts', 'deno.js', 'src/jobs/entry-deno.ts', true),
  'hosts-chromium': bundle('dist/hosts', 'chromium.js', 'src/jobs/entry-chromium.ts', false),
  'bench-hosts-node': bundle('dist/bench-hosts', 'node.js', 'bench/hosts/entry-node.ts', true),
  'bench-hosts-deno': bundle('dist/bench-hosts', 'deno.js', 'bench/hosts/entry-deno.ts', true),
  'bench-hosts-chromium': bundle('dist/bench-hosts', 'chromium.js', 'bench/hosts/entry-chromium.ts', false),
  'tests-node': bundle('dist/tests', 'node.js', 'tests/jobs/entry-node.ts', true),
  'tests-deno': bundle('dist/tests', 'deno.js', 'tests/jobs/entry-deno.ts', true),
  'tests-chromium': bundle('dist/tests', 'chromium.js', 'tests/jobs/entry-chromium.ts', false),
  gpu: bundle('dist/gpu', 'main.js', 'bench/gpu/main.ts', true),
  'gpu-node': bundle('dist/gpu', 'node.js', 'bench/gpu/entry-node.ts', true),
  demo: demoPage(),
  bench: benchPage(),
};

export default defineConfig(({ mode }) => {
  const target = targets[mode];
  if (target) return target;
  return {
    // vitest would take one worker fewer than cores; some tests mostly wait for processes, so a small machine takes one more.
    test: {
      include: ['{src,ui,cli,demo,bench,tests}/**/*.test.ts'],
      exclude: ['tests/e2e/**'],
      maxWorkers: Math.max(3, availableParallelism()),
      // How long a test takes on a busy machine is not what is tested; one that hangs still ends.
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  };
});
