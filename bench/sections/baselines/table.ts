// A comparison with other libraries as text for a terminal: a table a subject, and a line for each library without one.

import { table } from '../../../ui/text-table.ts';
import { BASELINE_LABELS } from '../../baselines/baseline.ts';
import { baselineWorkloadName } from '../../baselines/workloads.ts';
import type { BaselinesSection, SideBySide } from './schema.ts';
import { COLUMNS, cells } from './text.ts';

export const baselinesAsText = (section: BaselinesSection): string => section.map(comparisonAsText).join('\n\n');

function comparisonAsText({ subject, rows }: SideBySide): string {
  const measured = rows.filter((row) => row.status === 'done');
  const lines = measured.map((row) => [
    `${BASELINE_LABELS[row.peer]} ${row.version}`,
    ...cells(row).map(([value, detail]) => (detail ? `${value} (${detail})` : value)),
  ]);
  const without = rows.flatMap((row) => (row.status === 'done' ? [] : [`${BASELINE_LABELS[row.peer]}: ${row.problem}`]));
  const parts = [
    baselineWorkloadName(subject),
    ...(lines.length > 0 ? [table(['Library', ...COLUMNS], lines)] : []),
    ...without,
  ];
  return parts.join('\n');
}
