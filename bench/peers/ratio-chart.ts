// Each library's images a second as a multiple of ours, as bars. uPlot draws them; their names are the axis.

import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import '../../demo/train/language-tag.ts';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { PEER_LABELS } from './peer.ts';
import type { PeerRow } from './section.ts';

const HEIGHT = 180;

export function RatioChart({ rows }: { rows: readonly PeerRow[] }) {
  const host = useRef<HTMLDivElement>(null);
  const bars = rows.flatMap((row) =>
    row.status === 'done' && row.ratio !== null ? [{ ...row, ratio: row.ratio }] : [],
  );
  const labels = bars.map(({ peer }) => PEER_LABELS[peer]);
  useEffect(() => {
    const element = host.current;
    if (!element || bars.length === 0) return;
    const places = bars.map((_, i) => i);
    const ratios = bars.map(({ ratio }) => ratio);
    let chart: uPlot | undefined;
    const make = () => {
      chart?.destroy();
      chart = new uPlot(options(element, labels), [places, ratios], element);
    };
    make();
    const resized = new ResizeObserver(() => chart?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', make);
      chart?.destroy();
    };
  }, [rows]);
  if (bars.length < 2) return null;
  const summary = bars.map(({ peer, ratio }) => `${PEER_LABELS[peer]} ${ratio.toFixed(2)}`).join(', ');
  return h('figure', { class: 'ratios' }, [
    h('figcaption', null, 'Images a second, as a multiple of this library’s'),
    h('div', { ref: host, role: 'img', 'aria-label': `Images a second as a multiple of ours: ${summary}` }),
  ]);
}

function options(element: HTMLElement, labels: readonly string[]): uPlot.Options {
  const theme = getComputedStyle(element);
  const colour = (name: string) => theme.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--muted'),
    ticks: { show: false },
    font: `12px ${theme.fontFamily}`,
  };
  // A long name goes below its bar in two lines.
  const name = (place: number) => (labels[place] ?? '').replace(' ', '\n');
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-0.6, labels.length - 0.4] },
      y: { range: (_, __, most) => [0, Math.max(1, most) * 1.1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 44,
        splits: labels.map((_, place) => place),
        values: (_, ticks) => ticks.map(name),
      },
      { ...axis, grid: { stroke: colour('--line'), width: 1 }, size: 48 },
    ],
    series: [
      {},
      {
        fill: colour('--series-1'),
        stroke: colour('--series-1'),
        points: { show: false },
        ...(uPlot.paths.bars ? { paths: uPlot.paths.bars({ size: [0.55, 72] }) } : {}),
      },
    ],
  };
}
