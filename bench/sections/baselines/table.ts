// A comparison with other libraries as text for a terminal: a table a subject, and a line for each library without one.

import { table } from '../../../ui/text-table.ts';
import { PEER_LABELS } from '../../baselines/baseline.ts';
import { subjectName } from '../../baselines/workloads.ts';
import type { PeersSection, SideBySide } from './schema.ts';
import { COLUMNS, cells } from './text.ts';

export const peersTables = (section: PeersSection): string => section.map(peersTable).join('\n\n');

function peersTable({ subject, rows }: SideBySide): string {
  const measured = rows.filter((row) => row.status === 'done');
  const lines = measured.map((row) => [
    `${PEER_LABELS[row.peer]} ${row.version}`,
    ...cells(row).map(([value, detail]) => (detail ? `${value} (${detail})` : value)),
  ]);
  const without = rows.flatMap((row) => (row.status === 'done' ? [] : [`${PEER_LABELS[row.peer]}: ${row.problem}`]));
  const parts = [
    subjectName(subject),
    ...(lines.length > 0 ? [table(['Library', ...COLUMNS], lines)] : []),
    ...without,
  ];
  return parts.join('\n');
}
