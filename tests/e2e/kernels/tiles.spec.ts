// Every tile that a tuner may choose, a test a kernel. Its WGSL differs from the default's in constants alone, so that one
// host of each compiler is enough: Node has Tint, Firefox naga. One of the two has a kernel's loops unrolled, as users run them.

import type { TileCasesInput } from '../../jobs/tile-cases.ts';
import { drawn, expect, seed, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

const KERNELS = ['conv1x1', 'conv3x3', 'stem'].flatMap((family) =>
  ['forward', 'backward-data', 'backward-weight'].map((name) => `${family}/${name}`),
);

for (const kernel of KERNELS) {
  test(`every tile of ${kernel}`, onlyOn('node', 'firefox'), async ({ session, host }, info) => {
    const unroll = host === (drawn(`tiles of ${kernel}`, 3) > 0 ? 'node' : 'firefox');
    const input: TileCasesInput = { kernel, seed: seed(), unroll };
    const { reports } = await session.run('tile-cases', input);
    expect(reports.length, 'tiles that ran').toBeGreaterThan(0);
    const worst = Math.max(0, ...reports.map((c) => c.worst));
    info.annotations.push({
      type: 'tiles',
      description: `${reports.length}, worst ${worst.toPrecision(2)} tolerances`,
    });
    const failures = reports.filter((c) => !c.passed).map((c) => `${c.name}\n${c.message}`);
    expect(failures.length, `SEED=${seed()}\n${failures.join('\n\n')}`).toBe(0);
  });
}
