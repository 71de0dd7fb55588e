// GPU memory of each measured workload: what the plan forecast, by purpose, and what was counted on the device.

import { mebibytes } from '../../../ui/number-text.ts';
import type { PageState } from '../../page/state.ts';
import { workloadWords } from '../../workloads.ts';
import type { Row } from '../throughput/schema.ts';

export function MemoryView({ page }: { page: PageState }) {
  const done = page.rows.value.flatMap((row, place) => (row.status === 'done' ? [{ ...row, place }] : []));
  return (
    <section class="panel" aria-labelledby="memory-title">
      <h2 id="memory-title">GPU memory</h2>
      <p class="hint">
        {
          'A plan knows every byte before anything is allocated. The bytes of all buffers on the device are counted where '
        }
        they are made, apart from the plan.
      </p>
      {done.length === 0 ? (
        <p class="hint">Nothing has been measured yet.</p>
      ) : (
        done.map((row) => <MemoryTable key={row.place} row={row} place={row.place} />)
      )}
    </section>
  );
}

const bytes = (value: number) => value.toLocaleString('en');

function MemoryTable({ row, place }: { row: Row & { status: 'done' }; place: number }) {
  const { memory, batch } = row.measurement;
  const purposes = Object.entries(memory.forecast).toSorted(([, a], [, b]) => b - a);
  const equal = memory.forecastBytes === memory.measuredBytes;
  const line = (name: string, value: number, kind?: string) => (
    <tr key={name} class={kind}>
      <th scope="row">{name}</th>
      <td>{bytes(value)}</td>
      <td>{mebibytes(value)}</td>
    </tr>
  );
  return (
    <table class="memory">
      <caption>{`${place + 1}. ${row.workload.model}, ${workloadWords({ ...row.workload, batch })}`}</caption>
      <thead>
        <tr>
          {['For', 'Bytes', ''].map((name, i) => (
            <th key={i} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {purposes.map(([purpose, value]) => line(purpose, value))}
        {line('forecast', memory.forecastBytes, 'sum')}
        {line(`measured, ${memory.buffers} buffers`, memory.measuredBytes, 'sum')}
        <tr class={equal ? 'right' : 'wrong'}>
          <th scope="row">{equal ? 'equal to the byte' : 'they differ by'}</th>
          <td>{bytes(memory.measuredBytes - memory.forecastBytes)}</td>
          <td>{''}</td>
        </tr>
      </tbody>
    </table>
  );
}
