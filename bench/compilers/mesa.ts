// What Mesa's compilers make of SPIR-V, for GPUs that are not there: the drivers run on stub devices, and vkisa.c asks them.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { lab } from './folder.ts';

/** What a compiler says of one shader. */
export interface Compiled {
  /** Per lane: most live at once (Intel), vec4 registers (Adreno), VGPRs (AMD), registers (NVIDIA). */
  readonly registers?: number | undefined;
  /** Spills and fills: instructions (Intel, Adreno), registers (AMD), bytes (NVIDIA). */
  readonly spills?: number | undefined;
  readonly fills?: number | undefined;
  /** Waves that fit: per core (Adreno), per SIMD (AMD), warps per SM (NVIDIA). */
  readonly waves?: number | undefined;
  readonly simd?: number | undefined;
  /** The compiler's own static estimate. */
  readonly cycles?: number | undefined;
  /** Per cent of FMAs among the instructions of the hottest block (NVIDIA). */
  readonly fma?: number | undefined;
  /** Why there is nothing to say. */
  readonly failed?: string | undefined;
}

type Statistics = Readonly<Record<string, number | undefined>>;

interface Driver {
  readonly library: string;
  readonly shim?: string;
  readonly environment: (model: string) => Readonly<Record<string, string>>;
  /** It was compiled here, and needs none of the other Debian's libraries. */
  readonly isNative?: boolean;
  readonly read: (statistics: Statistics) => Compiled;
}

const sum = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

const trixie = join(lab, 'trixie/usr/lib/x86_64-linux-gnu');

export const DRIVERS = {
  intel: {
    library: join(trixie, 'libvulkan_intel.so'),
    shim: 'libintel_noop_drm_shim.so',
    environment: (model) => ({ INTEL_STUB_GPU_PLATFORM: model }),
    read: (s) => ({
      registers: s['Max live registers'],
      spills: s['Spill Count'],
      fills: s['Fill Count'],
      simd: s['Max dispatch width'],
      cycles: s['Cycle Count'],
    }),
  },
  adreno: {
    library: join(lab, 'lib/libvulkan_freedreno.so'),
    shim: 'libfreedreno_noop_drm_shim.so',
    environment: (model) => ({ FD_GPU_ID: model }),
    isNative: true,
    read: (s) => ({
      registers: s['Registers used'],
      spills: s['STP Count'],
      fills: s['LDP Count'],
      waves: s['Max Waves Per Core'],
    }),
  },
  amd: {
    library: join(trixie, 'libvulkan_radeon.so'),
    environment: (model) => ({ RADV_FORCE_FAMILY: model, RADV_DEBUG: 'nocache' }),
    read: (s) => ({
      registers: s.VGPRs,
      spills: sum(s['Spilled VGPRs'], s['Spilled SGPRs']),
      waves: s['Subgroups per SIMD'],
      cycles: s['Inverse Throughput'],
    }),
  },
} as const satisfies Readonly<Record<string, Driver>>;

export type MesaTarget = keyof typeof DRIVERS;

/** Whether setup.sh has set a driver up. */
export function isMesaReady(target: MesaTarget): boolean {
  const { library, shim }: Driver = DRIVERS[target];
  const needed = [library, join(lab, 'vkisa'), ...(shim ? [join(lab, 'lib', shim)] : [])];
  return needed.every((file) => existsSync(file));
}

/** What a driver says of each SPIR-V file. A shader that brings the driver down costs that shader alone. */
export function compileSpirv(target: MesaTarget, model: string, files: readonly string[]): Map<string, Compiled> {
  const driver: Driver = DRIVERS[target];
  const manifest = join(lab, `${target}.json`);
  const icd = { library_path: driver.library, api_version: '1.3.0' };
  writeFileSync(manifest, JSON.stringify({ file_format_version: '1.0.1', ICD: icd }));
  const env = {
    PATH: process.env.PATH,
    HOME: lab,
    XDG_RUNTIME_DIR: lab,
    MESA_SHADER_CACHE_DISABLE: '1',
    VK_DRIVER_FILES: manifest,
    ...driver.environment(model),
    ...(driver.shim && { LD_PRELOAD: join(lab, 'lib', driver.shim) }),
  };
  const loader = driver.isNative ? [] : [join(trixie, 'ld-linux-x86-64.so.2'), '--library-path', trixie];
  const [command = '', ...ahead] = [...loader, join(lab, 'vkisa')];
  const found = new Map<string, Compiled>();
  let rest = [...new Set(files)];
  while (rest.length > 0) {
    const ran = spawnSync(command, [...ahead, ...rest], { encoding: 'utf8', maxBuffer: 1 << 28, env });
    for (const line of ran.stdout.split('\n').filter(Boolean)) {
      const [file = '', list = ''] = line.split('\t');
      const statistics = list.split(';').filter(Boolean);
      const named = statistics.map((s) => [s.slice(0, s.lastIndexOf('=')), Number(s.slice(s.lastIndexOf('=') + 1))]);
      const compiled = driver.read(Object.fromEntries(named));
      found.set(file, compiled.spills === undefined ? { failed: 'the driver gives no statistics' } : compiled);
    }
    const [next, ...others] = rest.filter((file) => !found.has(file));
    if (next === undefined) break;
    if (others.length + 1 === rest.length && !ran.signal) throw new Error(`${target} ${model}: ${ran.stderr.trim()}`);
    found.set(next, { failed: 'the driver crashed' });
    rest = others;
  }
  return found;
}
