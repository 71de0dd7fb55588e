// WGSL texts through the compilers of GPUs that are not there, as far as setup.sh has set them up.
import { type Compiled, compileSpirv, DRIVERS, isMesaReady, type MesaTarget } from './mesa.ts';
import { compileWgsl, nvcc } from './ptxas.ts';
import { toSpirv } from './spirv.ts';

export type Target = MesaTarget | 'nvidia';

const isMesa = (target: string): target is MesaTarget => Object.hasOwn(DRIVERS, target);

/** Whether a target is there. */
export const isReady = (target: string): target is Target =>
  isMesa(target) ? isMesaReady(target) : target === 'nvidia' && nvcc() !== undefined;

/** What a target's compiler says of each text, in their order. @param model `tgl`, `740`, `navi31`, `sm_90`, … */
export async function compileTexts(target: Target, model: string, texts: readonly string[]): Promise<Compiled[]> {
  if (target === 'nvidia') {
    const compiler = nvcc() ?? 'nvcc';
    return texts.map((text) => compileWgsl(compiler, model, text));
  }
  const files = await toSpirv(texts);
  const made = texts.flatMap((text) => files.get(text) ?? []);
  const found = compileSpirv(target, model, made);
  return texts.map((text) => found.get(files.get(text) ?? '') ?? { failed: 'no SPIR-V' });
}

/** Those that spill. */
export const spills = ({ spills: stored = 0, fills: loaded = 0 }: Compiled): boolean => stored + loaded > 0;
