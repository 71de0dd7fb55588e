// Bars with their intervals, side by side where there are several groups: uPlot for scales, axes and canvas, the bars drawn
// on it here. Colours come from the theme, so that it follows light and dark.

import { useEffect, useRef } from 'preact/hooks';
import './language-tag.ts';
import uPlot from 'uplot';
import { chartTheme } from './chart-theme.ts';
import 'uplot/dist/uPlot.min.css';

export interface Bar {
  readonly value: number;
  /** The ends of a line across the bar's end. */
  readonly low?: number;
  readonly high?: number;
}

export interface BarGroup {
  readonly label: string;
  /** A custom property of the theme. */
  readonly colour: string;
  /** One a label; null: nothing there. */
  readonly bars: readonly (Bar | null)[];
}

export interface BarChartProps {
  readonly title: string;
  /** In words, for those who do not see it. */
  readonly summary: string;
  /** Short: they stand under the bars. */
  readonly labels: readonly string[];
  readonly groups: readonly BarGroup[];
  readonly format: (value: number) => string;
}

const HEIGHT = 240;
/** Of the room that a label has. */
const BARS = 0.72;

export function BarChart(props: BarChartProps) {
  const { title, summary, groups } = props;
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    let chart: uPlot | undefined;
    const make = () => {
      chart?.destroy();
      chart = new uPlot(options(props, element), data(props), element);
    };
    // Called at once too. In a hidden view there is no width to draw in yet.
    const resized = new ResizeObserver(() => {
      if (element.clientWidth === 0) return;
      if (chart) chart.setSize({ width: element.clientWidth, height: HEIGHT });
      else make();
    });
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const repaint = () => {
      if (chart) make();
    };
    scheme.addEventListener('change', repaint);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', repaint);
      chart?.destroy();
    };
  }, [JSON.stringify([props.labels, groups])]);
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        {groups.map(({ label, colour }) => (
          <span class="key">
            <i style={{ background: `var(${colour})` }} aria-hidden />
            {label}
          </span>
        ))}
      </figcaption>
      <div ref={host} class="plot" role="img" aria-label={summary} />
    </figure>
  );
}

const data = ({ labels, groups }: BarChartProps): uPlot.AlignedData => [
  labels.map((_, i) => i),
  ...groups.map(({ bars }) => bars.map((bar) => bar?.value ?? null)),
];

function options(props: BarChartProps, element: HTMLElement): uPlot.Options {
  const { labels, groups, format } = props;
  const { colour, axis } = chartTheme(element);
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map((bar) => bar?.high ?? bar?.value ?? 0)));
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-0.5, labels.length - 0.5] },
      y: { range: [0, most > 0 ? most * 1.05 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 30,
        splits: () => labels.map((_, i) => i),
        // As many labels as there is room for; the summary has them all.
        values: (chart, ticks) => {
          const every = Math.max(1, Math.ceil((24 * labels.length) / chart.width));
          return ticks.map((tick) => (tick % every === 0 ? (labels[tick] ?? '') : ''));
        },
      },
      { ...axis, size: 56, values: (_, ticks) => ticks.map(format) },
    ],
    series: [{}, ...groups.map(({ label }): uPlot.Series => ({ label, paths: () => null, points: { show: false } }))],
    hooks: { draw: [(chart) => draw(chart, groups, colour)] },
  };
}

function draw(chart: uPlot, groups: readonly BarGroup[], colour: (name: string) => string): void {
  const { ctx } = chart;
  const room = chart.valToPos(1, 'x', true) - chart.valToPos(0, 'x', true);
  const width = Math.min(56 * devicePixelRatio, (room * BARS) / groups.length);
  ctx.save();
  for (const [place, group] of groups.entries()) {
    for (const [i, bar] of group.bars.entries()) {
      if (!bar) continue;
      const middle = chart.valToPos(i, 'x', true) + width * (place - (groups.length - 1) / 2);
      const top = chart.valToPos(bar.value, 'y', true);
      ctx.fillStyle = colour(group.colour);
      ctx.fillRect(middle - width * 0.46, top, width * 0.92, chart.valToPos(0, 'y', true) - top);
      if (bar.low === undefined || bar.high === undefined) continue;
      const [high, low] = [chart.valToPos(bar.high, 'y', true), chart.valToPos(bar.low, 'y', true)];
      const cap = width * 0.18;
      ctx.strokeStyle = colour('--ink');
      ctx.lineWidth = 1.5 * devicePixelRatio;
      ctx.beginPath();
      for (const y of [high, low]) {
        ctx.moveTo(middle - cap, y);
        ctx.lineTo(middle + cap, y);
      }
      ctx.moveTo(middle, high);
      ctx.lineTo(middle, low);
      ctx.stroke();
    }
  }
  ctx.restore();
}
