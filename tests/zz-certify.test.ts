import { readFileSync } from 'node:fs';
import { it } from 'vitest';
import { openBundle } from '../cli/host/session.ts';
const read = (f: string) => readFileSync(`tests/golden/${f}.safetensors`);
it('x', async () => {
  const session: any = await openBundle({ folder: 'tests' } as any, { host: 'node', gpu: 'software' } as any);
  const t = Date.now();
  const log = (n: string, c: any) => console.log(n, Date.now() - t, c.verdict, c.flipped, c.of, JSON.stringify(c.worstPass), JSON.stringify(c.wrong), JSON.stringify(c.flips?.slice(0, 3)));
  const which = process.env.WHICH ?? 'broken,wired,flips,right';
  if (which.includes('right')) for (const [g, o] of [['bc-lion', {}], ['halves-plain-odd', { recompute: true }], ['bc-rmsprop-groups', { trainable: 'last-block', dropout: 0.2 }], ['norm-epsilon-large', {}]] as any) log(g, await session.run('certify', { golden: read(g), ...o }));
  if (which.includes('wired')) log('wired', await session.run('certify-wired', { golden: read('bc-lion') }));
  if (which.includes('flips')) log('flips', await session.run('certify-flips', { golden: read('bc-many-readers'), norm: 'features.norm5' }));
  if (which.includes('broken')) {
    const { MUTATIONS } = await import('./zz-mutations.ts');
    const found: any = await session.run('certify-broken', { golden: read('bc-smoothing-clipped'), mutations: MUTATIONS });
    for (const [i, c] of found.entries()) log(MUTATIONS[i].kernel, c);
  }
  await session.close();
}, 900000);
