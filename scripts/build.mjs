// Builds targets of vite.config.ts: `node scripts/build.mjs [--if-stale] TARGET…` (groups: hosts, bench-hosts, tests,
// package, pages). With --if-stale a target is built only when a source changed since. Two that run at once wait for each
// other, and a bundle is replaced in one step, so that whoever reads it sees the old one or the new one, whole. With the package
// and with each page come the licences of what is bundled: THIRD-PARTY-NOTICES.txt.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { packageCollector, writeNotices } from './third-party-notices.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const BENCH_HOSTS = ['bench-hosts-node', 'bench-hosts-deno', 'bench-hosts-chromium'];
const GROUPS = {
  hosts: ['hosts-node', 'hosts-deno', 'hosts-chromium'],
  'bench-hosts': BENCH_HOSTS,
  tests: ['tests-node', 'tests-deno', 'tests-chromium'],
  package: [
    'library',
    'library-formats',
    'library-node',
    'types',
    'cli',
    'dicom-codecs',
    'decode-worker',
    'hosts-node',
    'hosts-deno',
    'hosts-chromium',
    ...BENCH_HOSTS,
  ],
  pages: ['demo', 'bench'],
};
const NOTICES = 'THIRD-PARTY-NOTICES.txt';
const SOURCES = [
  'src',
  'cli',
  'ui',
  'bench',
  'tests/jobs',
  'tests/e2e/kernels',
  'vite.config.ts',
  'package.json',
  'tsconfig.json',
];

/** Builds `names`, each a target or a group, where a source changed since its last build; all of them with `always`. */
export async function build(names, { always = false } = {}) {
  const wanted = names.flatMap((name) => GROUPS[name] ?? [name]);
  const stale = () => (always ? wanted : wanted.filter((target) => readStamp(target) !== fingerprint()));
  if (stale().length === 0) return;
  mkdirSync(dist, { recursive: true });
  const unlock = await lock(join(dist, '.building'));
  try {
    // What a build that was killed left behind.
    for (const name of readdirSync(dist)) if (name.startsWith('.new-')) rmSync(join(dist, name), { recursive: true });
    for (const target of stale()) await buildOne(target);
  } finally {
    unlock();
  }
}

async function buildOne(target) {
  const mark = fingerprint();
  if (target === 'types') buildTypes();
  else await buildBundle(target);
  writeFileSync(join(dist, `.stamp-${target}`), mark);
}

/** Where the packages in a bundle are listed: those of the published package together have one file of notices. */
const packageList = (target) => join(dist, `.packages-${target}.json`);

/** The library's declarations, a file each. */
function buildTypes() {
  rmSync(join(dist, 'types'), { recursive: true, force: true });
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.types.json')], { stdio: 'inherit' });
}

async function buildBundle(target) {
  const { build: viteBuild, loadConfigFromFile } = await import('vite');
  const loaded = await loadConfigFromFile({ command: 'build', mode: target }, join(root, 'vite.config.ts'), root);
  const config = loaded?.config;
  if (!config?.build?.outDir || config.test) throw new Error(`build: no target is called ${target}`);
  const { folders, plugin } = packageCollector();
  const { plugins = [], worker } = config;
  const base = {
    configFile: false,
    mode: target,
    plugins: [...plugins, plugin],
    ...(worker && { worker: { ...worker, plugins: () => [...(worker.plugins?.() ?? []), plugin] } }),
  };
  if (config.root) {
    await viteBuild({ ...config, ...base, root: join(root, config.root) });
    writeNotices(join(dist, target, NOTICES), folders);
  } else {
    const scratch = mkdtempSync(join(dist, '.new-'));
    try {
      await viteBuild({ ...config, ...base, root, build: { ...config.build, outDir: scratch } });
      mkdirSync(join(root, config.build.outDir), { recursive: true });
      for (const file of readdirSync(scratch)) renameSync(join(scratch, file), join(root, config.build.outDir, file));
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
    writeFileSync(packageList(target), JSON.stringify([...folders]));
    if (GROUPS.package.includes(target)) {
      const lists = GROUPS.package.map(packageList).filter((file) => existsSync(file));
      writeNotices(
        join(dist, NOTICES),
        lists.flatMap((file) => JSON.parse(readFileSync(file, 'utf8'))),
      );
    }
  }
}

function readStamp(target) {
  try {
    return readFileSync(join(dist, `.stamp-${target}`), 'utf8');
  } catch {
    return '';
  }
}

/** Names, sizes and times of all sources: a file that went away or came from the past changes it too. */
function fingerprint() {
  const hash = createHash('sha256');
  const visit = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) for (const name of readdirSync(join(root, path)).sort()) visit(`${path}/${name}`);
    else hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`);
  };
  for (const path of SOURCES) visit(path);
  return hash.digest('hex');
}

/**
 * Waits for the folder `path` to be ours alone; one whose owner has died is taken over. Two may do that at the same
 * moment and both build: that costs time only, as bundles are replaced whole.
 */
async function lock(path) {
  for (;;) {
    try {
      mkdirSync(path);
      writeFileSync(join(path, 'pid'), String(process.pid));
      return () => rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    await sleep(50);
    if (!ownerLives(path)) rmSync(path, { recursive: true, force: true });
  }
}

function ownerLives(path) {
  try {
    const pid = readFileSync(join(path, 'pid'), 'utf8');
    // Between making the folder and naming its owner.
    if (pid === '') return true;
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    if (error.code === 'EPERM') return true;
    if (error.code === 'ESRCH') return false;
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    return made !== undefined && Date.now() - made < 10_000;
  }
}

/** Bytes of a built page's own text (scripts, styles, HTML) as a server sends them, gzipped; weights and images apart. */
export function gzippedSize(page) {
  const folder = join(dist, page);
  return readdirSync(folder, { recursive: true })
    .filter((name) => /\.(js|css|html)$/.test(name))
    .reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).byteLength, 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const targets = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  await build(targets, { always: !process.argv.includes('--if-stale') });
  if (targets.includes('pages')) {
    for (const page of GROUPS.pages) {
      const size = (gzippedSize(page) / 1000).toFixed(0);
      process.stdout.write(
        `dist/${page}: a folder for any server, under any path; ${size} kB of scripts, styles and HTML, gzipped\n`,
      );
    }
  }
}
