// GPU memory of each measured workload: what the plan forecast, by purpose, and what was counted on the device.

import { h } from 'preact';
import { mebibytes } from '../../../ui/number-text.ts';
import type { PageState } from '../../page/state.ts';
import { workloadWords } from '../../workloads.ts';
import type { Row } from '../throughput/schema.ts';

export function MemoryView({ page }: { page: PageState }) {
  const done = page.rows.value.flatMap((row, place) => (row.status === 'done' ? [{ ...row, place }] : []));
  return h('section', { class: 'panel', 'aria-labelledby': 'memory-title' }, [
    h('h2', { id: 'memory-title' }, 'GPU memory'),
    h('p', { class: 'hint' }, [
      'A plan knows every byte before anything is allocated. The bytes of all buffers on the device are counted where ',
      'they are made, apart from the plan.',
    ]),
    done.length === 0
      ? h('p', { class: 'hint' }, 'Nothing has been measured yet.')
      : done.map((row) => h(MemoryTable, { key: row.place, row, place: row.place })),
  ]);
}

const bytes = (value: number) => value.toLocaleString('en');

function MemoryTable({ row, place }: { row: Row & { status: 'done' }; place: number }) {
  const { memory, batch } = row.measurement;
  const purposes = Object.entries(memory.forecast).toSorted(([, a], [, b]) => b - a);
  const equal = memory.forecastBytes === memory.measuredBytes;
  const line = (name: string, value: number, kind?: string) =>
    h('tr', { key: name, class: kind }, [
      h('th', { scope: 'row' }, name),
      h('td', null, bytes(value)),
      h('td', null, mebibytes(value)),
    ]);
  return h('table', { class: 'memory' }, [
    h('caption', null, `${place + 1}. ${row.workload.model}, ${workloadWords({ ...row.workload, batch })}`),
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        ['For', 'Bytes', ''].map((name, i) => h('th', { key: i, scope: 'col' }, name)),
      ),
    ),
    h('tbody', null, [
      ...purposes.map(([purpose, value]) => line(purpose, value)),
      line('forecast', memory.forecastBytes, 'sum'),
      line(`measured, ${memory.buffers} buffers`, memory.measuredBytes, 'sum'),
      h('tr', { class: equal ? 'right' : 'wrong' }, [
        h('th', { scope: 'row' }, equal ? 'equal to the byte' : 'they differ by'),
        h('td', null, bytes(memory.measuredBytes - memory.forecastBytes)),
        h('td', null, ''),
      ]),
    ]),
  ]);
}
