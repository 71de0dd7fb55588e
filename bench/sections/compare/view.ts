// The view that opens reports and sets them side by side.

import { type Signal, useSignal } from '@preact/signals';
import { h } from 'preact';
import { digits } from '../../../ui/number-text.ts';
import { BarChart } from '../../charts/bar-chart.ts';
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
  return h('section', { class: 'panel', 'aria-labelledby': 'compare-title' }, [
    h('h2', { id: 'compare-title' }, 'Compare'),
    h('div', { class: 'drop', onDrop: drop, onDragOver: (event: DragEvent) => event.preventDefault() }, [
      h('p', null, 'Reports that this page or densenet bench --json wrote: drop them here, or choose them.'),
      h('div', { class: 'row' }, [
        h(FileChoice, { add }),
        page.rows.value.length > 0 &&
          h(
            'button',
            {
              type: 'button',
              onClick: () => {
                reports.value = [...reports.value, { name: 'this page', report: page.report() }];
              },
            },
            'Add this page’s results',
          ),
        reports.value.length > 0 && h(Clear, { reports }),
      ]),
    ]),
    problems.value.map((problem) => h('p', { key: problem, class: 'wrong', role: 'alert' }, problem)),
    reports.value.length > 0 && h(SideBySide, { reports: reports.value }),
  ]);
}

function FileChoice({ add }: { add: (files: Iterable<File>) => void }) {
  return h('label', { class: 'button' }, [
    'Open reports',
    h('input', {
      type: 'file',
      accept: '.json,application/json',
      multiple: true,
      class: 'visually-hidden',
      onChange: (event: Event & { currentTarget: HTMLInputElement }) => {
        add([...(event.currentTarget.files ?? [])]);
        // The same file may be opened again.
        event.currentTarget.value = '';
      },
    }),
  ]);
}

function Clear({ reports }: { reports: Signal<readonly NamedReport[]> }) {
  const clear = () => {
    reports.value = [];
  };
  return h('button', { type: 'button', onClick: clear }, 'Clear');
}

function SideBySide({ reports }: { reports: readonly NamedReport[] }) {
  const lines = compare(reports);
  return h('div', null, [
    h(
      'ol',
      { class: 'reports' },
      reports.map(({ name, report }, i) => {
        const { adapter, date, commit, userAgent } = report;
        const where = `${adapter?.name ?? 'no GPU'}; ${date.slice(0, 10)}, commit ${commit.slice(0, 8)}; ${userAgent}`;
        return h('li', { key: i }, [h('strong', null, name), h('span', null, `${where}; ${flagsText(report)}`)]);
      }),
    ),
    h('div', { class: 'wide' }, h(Table, { reports, lines })),
    reports.length > 1 && h(RatioChart, { reports, lines }),
  ]);
}

function Table({ reports, lines }: { reports: readonly NamedReport[]; lines: readonly Compared[] }) {
  const heads = ['Images/s', ...reports.map(({ name }) => name)];
  const heading = heads.map((name, i) => h('th', { key: i, scope: 'col' }, name));
  const cell = (row: Row | undefined, line: Compared, i: number) => {
    if (!row) return h('td', { key: i }, '–');
    if (row.status === 'failed') return h('td', { key: i, class: 'wrong' }, h('small', null, row.problem));
    const ratio = line.ratios[i];
    const times = i > 0 && ratio ? `${digits(ratio.value)} times the first` : undefined;
    return h('td', { key: i }, [
      h('span', null, digits(row.measurement.imagesPerSecond.median)),
      times && h('small', null, times),
    ]);
  };
  return h('table', { class: 'compared' }, [
    h('thead', null, h('tr', null, heading)),
    h(
      'tbody',
      null,
      lines.map((line, place) =>
        h('tr', { key: workloadName(line.workload) }, [
          h('th', { scope: 'row' }, [
            h('strong', null, `${place + 1}. ${line.workload.model}`),
            h('small', null, workloadWords(line.workload)),
          ]),
          ...line.rows.map((row, i) => cell(row, line, i)),
        ]),
      ),
    ),
  ]);
}

function RatioChart({ reports, lines }: { reports: readonly NamedReport[]; lines: readonly Compared[] }) {
  const shown = lines.flatMap((line, place) => (line.ratios.some((ratio) => ratio) ? [{ ...line, place }] : []));
  if (shown.length === 0) return h('p', { class: 'hint' }, 'No workload has a number in the first report and another.');
  const inWords = shown.map(({ workload, ratios }) => {
    const each = ratios.slice(1).map((ratio) => (ratio ? digits(ratio.value) : 'nothing'));
    return `${workloadName(workload)} ${each.join(', ')}`;
  });
  return h(BarChart, {
    title: 'Times the first report’s images/s',
    summary: `Speed as a multiple of the first report: ${inWords.join('; ')}`,
    labels: shown.map(({ place }) => String(place + 1)),
    groups: reports.map(({ name }, i) => ({
      label: name,
      colour: COLOURS[i % COLOURS.length] ?? COLOURS[0],
      bars: shown.map(({ ratios }) => ratios[i] ?? null),
    })),
    format: digits,
  });
}
