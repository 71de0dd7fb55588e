// WGSL -> SPIR-V, by the Dawn of the npm package `webgpu`, as Chromium and Node.js do it.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { softwareGpu } from '../../cli/host/software-gpu.ts';
import { digest, folder, lab } from './folder.ts';

const DUMP = fileURLToPath(new URL('./spirv-dump.mjs', import.meta.url));

// Desktop drivers have robustBufferAccess2, so that Dawn clamps no storage index there; the software GPU has not, so it is
// told not to. That also hides clamps of workgroup memory.
const TOGGLES = 'allow_unsafe_apis,dump_shaders,disable_robustness';

/**
 * The SPIR-V file of each text, made where it is new; undefined where Dawn refuses the text.
 * @throws Error where the process that runs Dawn ends otherwise than it should
 */
export async function toSpirv(texts: readonly string[]): Promise<Map<string, string | undefined>> {
  const spirv = folder('spirv');
  const files = new Map(texts.map((text) => [text, join(spirv, `${digest(text + TOGGLES)}.spv`)]));
  const wanted = [...files].filter(([, file]) => !existsSync(file));
  if (wanted.length > 0) await dump(wanted);
  return new Map([...files].map(([text, file]) => [text, existsSync(file) ? file : undefined]));
}

async function dump(wanted: readonly (readonly [text: string, file: string])[]): Promise<void> {
  for (const [text, file] of wanted) writeFileSync(`${file}.wgsl`, text);
  // Into a file: Node.js makes a pipe non-blocking, and what Dawn prints into a full one is lost.
  const log = join(folder('spirv'), `dump-${process.pid}.log`);
  const fd = openSync(log, 'w');
  const { driverJson, vulkanFolders } = await softwareGpu();
  const software = { VK_DRIVER_FILES: driverJson, LD_LIBRARY_PATH: vulkanFolders.join(':'), XDG_RUNTIME_DIR: lab };
  const child = spawnSync(process.execPath, [DUMP, TOGGLES, ...wanted.map(([, file]) => `${file}.wgsl`)], {
    encoding: 'utf8',
    stdio: ['ignore', fd, 'pipe'],
    env: { ...process.env, ...software },
  });
  closeSync(fd);
  const printed = readFileSync(log, 'utf8');
  rmSync(log);
  let current: string | undefined;
  for (const section of printed.split(/^(?:info|warning|error):\s*$/m)) {
    current = /^@@ (.+)\.wgsl$/m.exec(section)?.[1] ?? current;
    if (current === undefined || !section.includes('/* Dumped SPIRV disassembly */')) continue;
    const input = section.slice(section.indexOf('*/') + 2).trim();
    const made = spawnSync('spirv-as', ['--target-env', 'vulkan1.1', '-', '-o', `${current}.part`], { input });
    if (made.status === 0) renameSync(`${current}.part`, current);
  }
  for (const [, file] of wanted) rmSync(`${file}.wgsl`);
  if (child.status !== 0)
    throw new Error(
      `Dawn's process ended with ${child.signal ?? child.status}: ${child.stderr.trim() || 'no message'}`,
    );
  if (child.stderr.includes('.wgsl: ')) process.stderr.write(child.stderr);
}
