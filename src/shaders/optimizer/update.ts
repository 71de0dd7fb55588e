// What every optimizer's kernel is: a pass over a whole arena that updates the parameters and the optimizer's state from
// the gradients, one invocation per vector of four floats. It runs twice per step. With APPLIES false it only notes the
// first place whose next values are not finite; with APPLIES true it writes, unless something was noted.

import {
  type Bindings,
  type Fields,
  type Kernel,
  optionalRead,
  optionalWrite,
  type Part,
  read,
  settings,
  shape,
  write,
} from '../../runtime/kernel.ts';
import { finite, groups } from '../parts/parts.ts';
import { settled, VERDICT_WORDS, verdict } from '../parts/verdict.ts';
import { ARENA_BLOCK, ARENA_WORKGROUP, type ArenaSize, arenaGrid, clipFloats } from './arena.ts';

interface UpdateParameters extends Record<string, number | boolean> {
  readonly WORKGROUP: number;
  readonly APPLIES: boolean;
  /** Whether the table of parameter groups follows the clip's two numbers. */
  readonly GROUPED: boolean;
}

export interface OptimizerKernel<F extends Fields = Fields, S extends string = string>
  extends Kernel<ArenaSize, UpdateParameters, Bindings<ArenaSize>> {
  /** The optimizer's state by PyTorch's names: bindings of the kernel, each laid out as the parameters. */
  readonly state: readonly S[];
  /** The fields of its own uniform, `update`. */
  readonly fields: F;
  /** Whether it reads a trust ratio per block of the arena (LAMB). */
  readonly trusts: boolean;
}

export interface OptimizerDescription<F extends Fields, S extends string> {
  readonly id: string;
  readonly source: string;
  readonly state: readonly S[];
  readonly fields: F;
  readonly parts?: readonly Part[];
  readonly trusts?: boolean;
  /** Floating-point operations per parameter. */
  readonly flops: number;
}

/**
 * parameters and each state tensor [count], updated from gradients [count] times clip[0], where `settled` allows it. The
 * kernel's text declares its bindings in this order: parameters, gradients, the state, clip, trust where it has
 * that, verdict, settled, update, shape.
 */
export function defineOptimizerKernel<const F extends Fields, const S extends string>({
  id,
  source,
  state,
  fields,
  parts = [],
  trusts = false,
  flops,
}: OptimizerDescription<F, S>): OptimizerKernel<F, S> {
  const vectors = ({ count }: ArenaSize) => count / 4;
  const bindings: Bindings<ArenaSize> = {
    parameters: write('vec4f', vectors),
    gradients: read('vec4f', vectors),
    ...Object.fromEntries(state.map((name) => [name, write('vec4f', vectors)])),
    clip: read('f32', (s: ArenaSize, p) => clipFloats(s, p.GROUPED === true)),
    ...(trusts && { trust: read('f32', ({ count }: ArenaSize) => count / ARENA_BLOCK) }),
    verdict: optionalWrite('atomic<u32>', (_: ArenaSize, p) => (p.APPLIES ? 0 : VERDICT_WORDS)),
    settled: optionalRead('vec4u', (_: ArenaSize, p) => (p.APPLIES ? VERDICT_WORDS / 4 : 0)),
    update: settings(fields),
    shape: shape({ vectors: 'u32' }),
  };
  const parameters: UpdateParameters = { WORKGROUP: ARENA_WORKGROUP, APPLIES: true, GROUPED: false };
  return {
    id,
    source,
    parts: [finite, groups, settled, verdict, ...parts],
    parameters,
    bindings,
    state,
    fields,
    trusts,
    choose: () => parameters,
    tileCandidates: () => [],
    shape: (size) => ({ vectors: vectors(size) }),
    grid: arenaGrid,
    // Reads everything once; where it applies, writes all but the gradients.
    cost: ({ count }, { APPLIES }) => ({
      flops: flops * count,
      bytes: (8 + 4 * state.length + (APPLIES ? 4 + 4 * state.length : 0)) * count,
    }),
  };
}
