// Horizontal bars by uPlot, a row each: its label above it, and a part of it in another colour. Labels stand inside the
// chart, so that it is as readable on a phone as on a wide screen. Colours come from the theme, light or dark.

import { useEffect, useRef } from 'preact/hooks';
import './language-tag.ts';
import uPlot from 'uplot';
import { chartTheme } from './chart-theme.ts';
import 'uplot/dist/uPlot.min.css';

export interface Bar {
  readonly label: string;
  /** Instead of it where there is less room. */
  readonly short: string;
  /** Stands at the right end of the row. */
  readonly note: string;
  readonly whole: number;
  readonly part: number;
}

export interface BarsProps {
  readonly title: string;
  /** In words, for those who do not see it. */
  readonly summary: string;
  readonly bars: readonly Bar[];
  /** Of all values. */
  readonly unit: string;
  /** What the whole bar is, and what its part. */
  readonly keys: readonly [whole: string, part: string];
}

const COLOURS = ['--series-2', '--series-1'] as const;
const ROW = 38;
const THICKNESS = 12;
const AXIS = 30;

export function Bars({ title, summary, bars, unit, keys }: BarsProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (!element || bars.length === 0) return;
    let chart: uPlot | undefined;
    const make = () => {
      chart?.destroy();
      chart = new uPlot(options(bars, element), data(bars), element);
    };
    make();
    const resized = new ResizeObserver(() =>
      chart?.setSize({ width: element.clientWidth, height: heightOf(bars.length) }),
    );
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', make);
      chart?.destroy();
    };
  }, [bars]);
  return (
    <figure class="bars">
      <figcaption>
        <span>
          <strong>{title}</strong>
          {`, ${unit}`}
        </span>
        {keys.map((key, i) => (
          <span class="key">
            <i style={{ background: `var(${COLOURS[i]})` }} aria-hidden />
            {key}
          </span>
        ))}
      </figcaption>
      <div ref={host} role="img" aria-label={summary} />
    </figure>
  );
}

const heightOf = (rows: number): number => 8 + rows * ROW + AXIS;

const data = (bars: readonly Bar[]): uPlot.AlignedData => [
  bars.map((_, row) => row),
  bars.map(({ whole }) => whole),
  bars.map(({ part }) => part),
];

function options(bars: readonly Bar[], element: HTMLElement): uPlot.Options {
  const { colour, font, axis } = chartTheme(element);
  const most = Math.max(...bars.map(({ whole, part }) => Math.max(whole, part)));
  const series = COLOURS.map((name): uPlot.Series => {
    const paths = uPlot.paths.bars?.({ size: [THICKNESS / ROW, THICKNESS] });
    return { fill: colour(name), stroke: colour(name), width: 0, points: { show: false }, ...(paths ? { paths } : {}) };
  });
  return {
    width: element.clientWidth,
    height: heightOf(bars.length),
    padding: [8, 12, 0, 8],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      // Rows go down, values to the right.
      x: { time: false, ori: 1, dir: -1, range: [-0.5, bars.length - 0.5] },
      y: { ori: 0, dir: 1, range: [0, most > 0 ? most : 1] },
    },
    axes: [{ show: false }, { ...axis, side: 2, size: AXIS, space: 64, values: (_, ticks) => ticks.map(String) }],
    series: [{}, ...series],
    hooks: { draw: [(chart) => drawLabels(chart, bars, font, colour('--ink'), colour('--muted'))] },
  };
}

function drawLabels(
  { ctx, bbox, valToPos }: uPlot,
  bars: readonly Bar[],
  font: (pixels: number) => string,
  ink: string,
  muted: string,
): void {
  const scale = devicePixelRatio;
  ctx.save();
  ctx.font = font(12.5 * scale);
  ctx.textBaseline = 'bottom';
  for (const [row, { label, short, note }] of bars.entries()) {
    const bottom = valToPos(row, 'x', true) - (THICKNESS / 2 + 2) * scale;
    ctx.textAlign = 'right';
    ctx.fillStyle = muted;
    ctx.fillText(note, bbox.left + bbox.width, bottom);
    const room = bbox.width - ctx.measureText(note).width - 12 * scale;
    ctx.textAlign = 'left';
    ctx.fillStyle = ink;
    const fits = (text: string) => ctx.measureText(text).width <= room;
    ctx.fillText(fits(label) ? label : cut(short, fits), bbox.left, bottom);
  }
  ctx.restore();
}

/** As much of the text as there is room for. */
function cut(text: string, fits: (text: string) => boolean): string {
  if (fits(text)) return text;
  let length = text.length - 1;
  while (length > 0 && !fits(`${text.slice(0, length)}…`)) length--;
  return `${text.slice(0, length)}…`;
}
