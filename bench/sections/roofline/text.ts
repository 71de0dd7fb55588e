// The roofline for a terminal.

import type { Clock } from '../../../src/runtime/stopwatch.ts';
import { withPrefix } from '../../../ui/number-text.ts';
import { table } from '../../../ui/text-table.ts';
import { isMissing, type Missing, type PeakRate, type RooflineSection } from './schema.ts';

export const clockText = (clock: Clock): string =>
  clock.kind === 'timestamps'
    ? `GPU timestamps in steps of ${clock.quantum < 1000 ? `${clock.quantum} ns` : `${(clock.quantum / 1000).toPrecision(3)} µs`}`
    : `the host's clock: ${clock.reason}`;

export function rooflineAsText({ clock, f32, f16, copy }: RooflineSection): string {
  const figures: [string, string, PeakRate | Missing][] = [
    ['multiply-adds, float32', 'FLOP/s', f32],
    ['multiply-adds, float16', 'FLOP/s', f16],
    ['copy', 'B/s', copy],
  ];
  const rows = figures.map(([name, unit, figure]) =>
    isMissing(figure)
      ? [name, 'none', '', figure.problem]
      : [name, withPrefix(figure.best, unit), withPrefix(figure.median, unit), figure.variant],
  );
  return `${table(['roofline', 'best', 'median', 'of'], rows)}\ntimed by ${clockText(clock)}`;
}
