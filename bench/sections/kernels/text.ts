// The sweep over kernels for a terminal: a table a kernel, the shapes below one another, the fastest tile of each marked.

import { percent, withPrefix } from '../../../ui/number-text.ts';
import { table } from '../../../ui/text-table.ts';
import { byKernel, fastestOf, isTimed, type KernelShape, type KernelsSection, shapeName, tileName } from './schema.ts';

export function kernelsAsText({ plans, clock, roofline, ended, shapes }: KernelsSection): string {
  const facts = [
    `${plans.join('; ')}: ${shapes.length} shapes, timed by ${clock}${ended === 'every shape' ? '' : `; ${ended}`}`,
    roofline
      ? `roofline: ${withPrefix(roofline.flopsPerSecond, 'FLOP/s')}, ${withPrefix(roofline.bytesPerSecond, 'B/s')}`
      : 'no roofline was given, so no share of peak',
  ];
  const tables = byKernel(shapes).map(([kernel, own]) => `${kernel}\n${table(HEADS, own.flatMap(rowsOf))}`);
  return [facts.join('\n'), ...tables].join('\n\n');
}

const HEADS = ['', 'ms', 'GFLOP/s', 'GB/s', 'of peak', 'workgroups', 'shape', 'tile'];

function rowsOf(shape: KernelShape): string[][] {
  const fastest = fastestOf(shape);
  return shape.variants.map((row, i) => {
    const name = i === 0 ? `${tileName(row)} (default)` : tileName(row);
    const where = i === 0 ? shapeName(shape) : '';
    if (!isTimed(row)) return ['', '-', '-', '-', '-', `${row.workgroups}`, where, `${name}: ${problemOf(row.time)}`];
    const { milliseconds, flopsPerSecond, bytesPerSecond, share } = row.time;
    return [
      row === fastest ? '*' : '',
      milliseconds.toPrecision(3),
      (flopsPerSecond / 1e9).toFixed(1),
      (bytesPerSecond / 1e9).toFixed(1),
      share === undefined ? '-' : percent(share),
      `${row.workgroups}`,
      where,
      name,
    ];
  });
}

const problemOf = (time: object): string => ('problem' in time ? String(time.problem) : '');
