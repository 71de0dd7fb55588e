// One folder with all that `bench:gpu` needs on a bare Linux machine with a GPU and its driver: no npm, no build, no registry. This very
// Node.js (compressed), Dawn (the npm package `webgpu`), the Vulkan loader with the X11 libraries that NVIDIA's driver links
// to, both bundles, PyTorch's goldens, pytorch.py and run.sh. There: `sh run.sh`.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const MARK = 'densenet-bench-gpu';
const GOLDENS = ['imagenet-odd', 'bc-nothing-aligned', 'plain-narrow-one-image'];
/** Debian's packages of the loader and of what NVIDIA's Vulkan driver links to. */
const LIBRARIES =
  'libvulkan1 libegl1 libglvnd0 libgl1 libglx0 libgles2 libopengl0 libx11-6 libxext6 libxcb1 libxau6 libxdmcp6 libbsd0 libmd0';

/** @param software also SwiftShader, for `sh run.sh --gpu software`: whether the folder works can be seen anywhere */
export async function pack(folder, { software = false } = {}) {
  const to = resolve(folder);
  if (existsSync(to) && readdirSync(to).length > 0 && !existsSync(join(to, MARK)))
    throw new Error(`${to} is there and was not packed by this command: name an empty folder`);
  rmSync(to, { recursive: true, force: true });
  await build(['gpu', 'gpu-node']);
  const copy = (path) => cpSync(join(root, path), join(to, path), { recursive: true, dereference: true });
  mkdirSync(join(to, 'bin'), { recursive: true });
  writeFileSync(join(to, MARK), '');
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(to, 'package.json'), JSON.stringify({ name, version, type: 'module', private: true }));
  const platform = `node_modules/webgpu/dist/${process.platform}-${process.arch}`;
  for (const path of ['dist/gpu/main.js', 'dist/gpu/node.js', 'bench/gpu/pytorch.py', platform]) copy(path);
  for (const file of ['package.json', 'index.js', 'LICENSE.md']) copy(`node_modules/webgpu/${file}`);
  for (const golden of GOLDENS) copy(`tests/golden/${golden}.safetensors`);
  for (const script of ['run.sh', 'environment.sh']) cpSync(join(root, 'bench/gpu', script), join(to, script));
  writeFileSync(join(to, 'bin/node.gz'), gzipSync(readFileSync(process.execPath)));
  packLibraries(join(to, 'lib'));
  if (software) packSoftware(to);
}

/** As far as this machine can get them: the other one may have them. */
function packLibraries(to) {
  mkdirSync(to, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'densenet-pack-'));
  try {
    execFileSync('apt-get', ['-qq', 'download', ...LIBRARIES.split(' ')], { cwd: scratch, stdio: 'ignore' });
    for (const file of readdirSync(scratch).filter((name) => name.endsWith('.deb')))
      execFileSync('dpkg', ['-x', file, 'root'], { cwd: scratch });
    const found = join(scratch, 'root/usr/lib');
    for (const name of readdirSync(found).filter((name) => name.includes('linux-gnu')))
      cpSync(join(found, name), to, { recursive: true, verbatimSymlinks: true });
  } catch (error) {
    process.stderr.write(
      `pack: no Vulkan loader from apt-get (${error.message}): the other machine needs libvulkan.so.1\n`,
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Where cli/host/software-gpu.ts looks for it. */
function packSoftware(to) {
  const source = join(root, 'node_modules/@sparticuz/chromium/package.json');
  const { version } = JSON.parse(readFileSync(source, 'utf8'));
  const unpacked = `node_modules/.cache/densenet-webgpu/software-gpu-${version}`;
  if (!existsSync(join(root, unpacked)))
    throw new Error(`there is no ${unpacked} yet: densenet adapter --gpu software makes it`);
  cpSync(source, join(to, 'node_modules/@sparticuz/chromium/package.json'));
  mkdirSync(join(to, unpacked, 'fonts'), { recursive: true });
  for (const file of ['vk_swiftshader_icd.json', 'libvk_swiftshader.so', 'libvulkan.so.1'])
    cpSync(join(root, unpacked, file), join(to, unpacked, file), { dereference: true });
}
