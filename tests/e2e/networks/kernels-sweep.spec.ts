// The sweep over kernels on a tiny network: every tile of its first shape has a time, and the section fits its schema.

import type { KernelsRequest } from '../../../bench/sections/kernels/measure.ts';
import { isTimed, kernelsSectionSchema } from '../../../bench/sections/kernels/schema.ts';
import { kernelsAsText } from '../../../bench/sections/kernels/text.ts';
import type { PlanRequest } from '../../../src/jobs/compile.ts';
import { sectionErrors } from '../../bench/report-schema.ts';
import { SMALL } from '../../jobs/small-network.ts';
import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

test('a sweep over kernels', onlyOn('node', 'chromium'), async ({ session }, info) => {
  const plan: PlanRequest = {
    config: { ...SMALL, dropout: 0 },
    mode: 'inference',
    batch: 2,
    recompute: false,
    loss: 'cross-entropy',
    optimizer: 'sgd',
  };
  const roofline = { flopsPerSecond: 1e10, bytesPerSecond: 1e10 };
  const request: KernelsRequest = { plans: [{ name: 'small', plan }], roofline, seconds: 1 };
  const section = await session.run('kernels', request);
  expect(sectionErrors(kernelsSectionSchema, section)).toEqual([]);
  expect(section).toMatchObject({ plans: ['small'], ended: 'time over', roofline });
  const rows = section.shapes.flatMap(({ variants }) => variants);
  expect(rows.length).toBeGreaterThan(1);
  expect(rows.filter((row) => !isTimed(row))).toEqual([]);
  info.annotations.push({ type: 'sweep', description: kernelsAsText(section) });
});
