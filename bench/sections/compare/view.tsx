// The view that opens reports and sets them side by side.

import { type Signal, useSignal } from '@preact/signals';
import { digits } from '../../../ui/number-text.ts';
import { BarChart } from '../../charts/bar-chart.tsx';
import type { PageState } from '../../page/state.ts';
import { flagsText, readReport } from '../../report.ts';
import { workloadName, workloadWords } from '../../workloads.ts';
import type { Row } from '../throughput/schema.ts';
import { type Compared, compare, type NamedReport } from './compare.ts';

const COLOURS = ['--series-1', '--series-2', '--series-3', '--series-4'] as const;

export function CompareView({ page }: { page: PageState }) {
  const reports = useSignal<readonly NamedReport[]>([]);
  const problems = useSignal<readonly string[]>([]);
  const add = async (files: Iterable<File>) => {
    problems.value = [];
    for (const file of files) {
      try {
        const report = readReport(await file.text(), file.name);
        reports.value = [...reports.value, { name: file.name, report }];
      } catch (error) {
        problems.value = [...problems.value, error instanceof Error ? error.message : String(error)];
      }
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    add(event.dataTransfer?.files ?? []);
  };
  return (
    <section class="panel" aria-labelledby="compare-title">
      <h2 id="compare-title">Compare</h2>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a place to drop files; the button in it does the same by keyboard */}
      <div class="drop" onDrop={drop} onDragOver={(event: DragEvent) => event.preventDefault()}>
        <p>Reports that this page or densenet bench --json wrote: drop them here, or choose them.</p>
        <div class="row">
          <FileChoice add={add} />
          {page.rows.value.length > 0 && (
            <button
              type="button"
              onClick={() => {
                reports.value = [...reports.value, { name: 'this page', report: page.report() }];
              }}
            >
              Add this page’s results
            </button>
          )}
          {reports.value.length > 0 && <Clear reports={reports} />}
        </div>
      </div>
      {problems.value.map((problem) => (
        <p key={problem} class="wrong" role="alert">
          {problem}
        </p>
      ))}
      {reports.value.length > 0 && <SideBySide reports={reports.value} />}
    </section>
  );
}

function FileChoice({ add }: { add: (files: Iterable<File>) => void }) {
  return (
    <label class="button">
      Open reports
      <input
        type="file"
        accept=".json,application/json"
        multiple
        class="visually-hidden"
        onChange={(event: Event & { currentTarget: HTMLInputElement }) => {
          add([...(event.currentTarget.files ?? [])]);
          // The same file may be opened again.
          event.currentTarget.value = '';
        }}
      />
    </label>
  );
}

function Clear({ reports }: { reports: Signal<readonly NamedReport[]> }) {
  const clear = () => {
    reports.value = [];
  };
  return (
    <button type="button" onClick={clear}>
      Clear
    </button>
  );
}

function SideBySide({ reports }: { reports: readonly NamedReport[] }) {
  const lines = compare(reports);
  return (
    <div>
      <ol class="reports">
        {reports.map(({ name, report }, i) => {
          const { adapter, date, commit, userAgent } = report;
          const where = `${adapter?.name ?? 'no GPU'}; ${date.slice(0, 10)}, commit ${commit.slice(0, 8)}; ${userAgent}`;
          return (
            <li key={i}>
              <strong>{name}</strong>
              <span>{`${where}; ${flagsText(report)}`}</span>
            </li>
          );
        })}
      </ol>
      <div class="wide">
        <Table reports={reports} lines={lines} />
      </div>
      {reports.length > 1 && <RatioChart reports={reports} lines={lines} />}
    </div>
  );
}

function Table({ reports, lines }: { reports: readonly NamedReport[]; lines: readonly Compared[] }) {
  const heads = ['Images/s', ...reports.map(({ name }) => name)];
  const heading = heads.map((name, i) => (
    <th key={i} scope="col">
      {name}
    </th>
  ));
  const cell = (row: Row | undefined, line: Compared, i: number) => {
    if (!row) return <td key={i}>–</td>;
    if (row.status === 'failed')
      return (
        <td key={i} class="wrong">
          <small>{row.problem}</small>
        </td>
      );
    const ratio = line.ratios[i];
    const times = i > 0 && ratio ? `${digits(ratio.value)} times the first` : undefined;
    return (
      <td key={i}>
        <span>{digits(row.measurement.imagesPerSecond.median)}</span>
        {times && <small>{times}</small>}
      </td>
    );
  };
  return (
    <table class="compared">
      <thead>
        <tr>{heading}</tr>
      </thead>
      <tbody>
        {lines.map((line, place) => (
          <tr key={workloadName(line.workload)}>
            <th scope="row">
              <strong>{`${place + 1}. ${line.workload.model}`}</strong>
              <small>{workloadWords(line.workload)}</small>
            </th>
            {line.rows.map((row, i) => cell(row, line, i))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RatioChart({ reports, lines }: { reports: readonly NamedReport[]; lines: readonly Compared[] }) {
  const shown = lines.flatMap((line, place) => (line.ratios.some((ratio) => ratio) ? [{ ...line, place }] : []));
  if (shown.length === 0) return <p class="hint">No workload has a number in the first report and another.</p>;
  const inWords = shown.map(({ workload, ratios }) => {
    const each = ratios.slice(1).map((ratio) => (ratio ? digits(ratio.value) : 'nothing'));
    return `${workloadName(workload)} ${each.join(', ')}`;
  });
  return (
    <BarChart
      title="Times the first report’s images/s"
      summary={`Speed as a multiple of the first report: ${inWords.join('; ')}`}
      labels={shown.map(({ place }) => String(place + 1))}
      groups={reports.map(({ name }, i) => ({
        label: name,
        colour: COLOURS[i % COLOURS.length] ?? COLOURS[0],
        bars: shown.map(({ ratios }) => ratios[i] ?? null),
      }))}
      format={digits}
    />
  );
}
