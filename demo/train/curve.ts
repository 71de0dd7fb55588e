// A live chart of one or two lines: uPlot, which is small (50 kB), draws on a canvas and stays fast with thousands of
// points. Colours come from the theme, so that it follows light and dark.

import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import './language-tag.ts';
import uPlot from 'uplot';
import { chartTheme } from '../chart-theme.ts';
import { language } from '../text/text.ts';
import { theme } from '../theme.ts';
import { inTurn } from './in-turn.ts';
import 'uplot/dist/uPlot.min.css';

export interface Line {
  readonly label: string;
  /** A custom property of the theme. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  /** Points and not only a line. */
  readonly dots?: boolean;
}

export interface CurveProps {
  readonly title: string;
  /** In words, for those who do not see it. */
  readonly summary: string;
  readonly x: readonly number[];
  readonly xMost: number;
  readonly lines: readonly Line[];
  /** Fixed range of the values; without it the range follows them, from 0. */
  readonly range?: readonly [number, number];
  readonly format: (value: number) => string;
}

const HEIGHT = 200;

export function Curve(props: CurveProps) {
  const { title, summary, x, lines } = props;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(null);
  // A chart that waits for its turn is made of what came meanwhile.
  const now = useRef(props);
  now.current = props;
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const make = () => {
      chart.current?.destroy();
      chart.current = new uPlot(options(now.current, element), data(now.current), element);
    };
    const leave = inTurn(make);
    const resized = new ResizeObserver(() => chart.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    return () => {
      leave();
      resized.disconnect();
      scheme.removeEventListener('change', make);
      chart.current?.destroy();
      chart.current = null;
    };
  }, [props.xMost, theme.value, language.value]);
  useEffect(() => chart.current?.setData(data(props)), [x]);
  return h('figure', { class: 'curve' }, [
    h('figcaption', null, [
      h('strong', null, title),
      ...lines.map(({ label, colour }) =>
        h('span', { class: 'key' }, [h('i', { style: { background: `var(${colour})` }, 'aria-hidden': true }), label]),
      ),
    ]),
    h('div', { ref: host, role: 'img', 'aria-label': summary }),
  ]);
}

const data = ({ x, lines }: CurveProps): uPlot.AlignedData => [[...x], ...lines.map(({ values }) => [...values])];

function options({ xMost, lines, range, format }: CurveProps, element: HTMLElement): uPlot.Options {
  const { colour, axis } = chartTheme(element);
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [0, xMost] },
      y: { range: range ? [...range] : (_, __, most) => [0, most > 0 ? most * 1.05 : 1] },
    },
    axes: [
      { ...axis, size: 32, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? String(tick) : '')) },
      { ...axis, size: 48, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      {},
      ...lines.map(
        (line): uPlot.Series => ({
          label: line.label,
          stroke: colour(line.colour),
          width: 2,
          spanGaps: true,
          points: { show: line.dots === true, size: 7, fill: colour(line.colour) },
        }),
      ),
    ],
  };
}
