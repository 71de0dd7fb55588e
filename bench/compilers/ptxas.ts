// What NVIDIA's ptxas makes of a WGSL text, by way of CUDA C++. Its Vulkan compiler shares the back end, not the front end.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { digest, folder, lab } from './folder.ts';
import type { Compiled } from './mesa.ts';
import { toCuda } from './to-cuda.ts';

const HEADERS = fileURLToPath(new URL('.', import.meta.url));

/** The system's nvcc, or the one that setup.sh has downloaded; undefined where there is none. */
export function nvcc(): string | undefined {
  const own = join(lab, 'cuda/nvidia/cu13/bin/nvcc');
  if (existsSync(own)) return own;
  return spawnSync('nvcc', ['--version']).status === 0 ? 'nvcc' : undefined;
}

export function compileWgsl(compiler: string, model: string, text: string): Compiled {
  const source = toCuda(text);
  const base = join(folder('cubin', model), digest(source + readFileSync(join(HEADERS, 'wgsl.h'), 'utf8')));
  if (existsSync(`${base}.json`)) return JSON.parse(readFileSync(`${base}.json`, 'utf8'));
  writeFileSync(`${base}.cu`, source);
  const flags = [`-arch=${model}`, '-std=c++20', `-I${HEADERS}`, '-cubin', '-Xptxas', '-v'];
  const { status, stderr } = spawnSync(compiler, [...flags, '-o', `${base}.cubin`, `${base}.cu`], { encoding: 'utf8' });
  if (status !== 0) return { failed: /error:? .*/.exec(stderr)?.[0].slice(0, 120) ?? 'nvcc failed' };
  const count = (words: RegExp) => Number(words.exec(stderr)?.[1] ?? Number.NaN);
  const compiled: Compiled = {
    registers: count(/Used (\d+) registers/),
    spills: count(/(\d+) bytes spill stores/),
    fills: count(/(\d+) bytes spill loads/),
    fma: shareOfFma(`${base}.cubin`),
  };
  if (Number.isNaN(compiled.spills) || Number.isNaN(compiled.fills)) return { failed: 'ptxas tells no spills' };
  writeFileSync(`${base}.json`, JSON.stringify(compiled));
  return compiled;
}

/** Per cent of FFMA among the instructions of the block that has most of them; undefined without a disassembler. */
function shareOfFma(cubin: string): number | undefined {
  const tool = join(lab, 'disassembler/cuobjdump');
  if (!existsSync(tool)) return undefined;
  const env = { ...process.env, PATH: `${dirname(tool)}:${process.env.PATH}` };
  const text = execFileSync(tool, ['--dump-sass', cubin], { encoding: 'utf8', maxBuffer: 1 << 28, env });
  const line = /\/\*([0-9a-f]{4,})\*\/\s+(?:@!?U?P\w+\s+)?([A-Z0-9_.]+)\b([^;]*);/;
  const all = text.split('\n').flatMap((row) => {
    const [, at = '', name, rest = ''] = line.exec(row) ?? [];
    return name === undefined ? [] : [{ at: Number.parseInt(at, 16), name, rest }];
  });
  const branches = all.filter(({ name }) => name.startsWith('BRA'));
  const targets = new Set(branches.map(({ rest }) => Number.parseInt(/0x([0-9a-f]+)/.exec(rest)?.[1] ?? '0', 16)));
  let [fmas, size, most, share] = [0, 0, 0, 0];
  const end = () => {
    if (fmas > most) [most, share] = [fmas, (100 * fmas) / size];
    [fmas, size] = [0, 0];
  };
  for (const { at, name } of all) {
    if (targets.has(at)) end();
    size++;
    if (/^FFMA(\.|$)/.test(name)) fmas++;
    if (/^(BRA|EXIT)/.test(name)) end();
  }
  end();
  return Number(share.toFixed(1));
}
