// Charts as inline SVG: lines over two axes, and bars. Drawn at the size at which a phone shows them, so that their text stays
// legible there; colours come from the page's style, and each line has its own dashes too, for print and for those who do not
// see the colours.

import { ConfigError } from '../runtime/errors.ts';
import { type Html, html } from './html.ts';
import { short } from './numbers.ts';

/** A line of a chart. */
export interface Series {
  readonly name: string;
  readonly x: readonly number[];
  /** As many as `x`; what is not finite leaves a gap. */
  readonly y: readonly number[];
  /** In the background, without a name in the legend. */
  readonly faint?: boolean;
}

export interface Axis {
  readonly label: string;
  /** Left out: what the series cover. */
  readonly min?: number;
  readonly max?: number;
  /** Powers of ten at equal distances; for values above 0. */
  readonly logarithmic?: boolean;
}

export interface LineChart {
  /** What the chart shows, for those who do not see it. */
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** A line from (0, 0) to (1, 1). */
  readonly diagonal?: boolean;
  /** A vertical line, with its name. */
  readonly mark?: { readonly x: number; readonly name: string } | undefined;
}

const WIDTH = 360;
const HEIGHT = 250;
const MARGIN = { left: 46, right: 12, top: 12, bottom: 40 } as const;
const PLOT = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom } as const;
/** Colours of series, and dashes; the style has as many. */
export const SERIES_STYLES = 6;

export function lineChart({ title, x, y, series, diagonal, mark }: LineChart): Html {
  for (const { name, x: xs, y: ys } of series) {
    if (xs.length !== ys.length) throw new ConfigError(`chart ${name}`, ys.length, `must be ${xs.length}, one per x`);
  }
  const horizontal = scaleOf(
    x,
    series.flatMap((one) => one.x),
    MARGIN.left,
    MARGIN.left + PLOT.width,
  );
  const vertical = scaleOf(
    y,
    series.flatMap((one) => one.y),
    MARGIN.top + PLOT.height,
    MARGIN.top,
  );
  const named = series.filter(({ faint }) => !faint);
  const style = (one: Series) => (one.faint ? 'faint' : `s${(named.indexOf(one) % SERIES_STYLES) + 1}`);
  const corner = { x: [0, 1], y: [0, 1] };
  // Faint ones first: they lie below.
  const drawn = [...series.filter(({ faint }) => faint), ...named];
  return html`<figure class="chart"><figcaption>${title}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
${axes(horizontal, vertical, x.label, y.label)}
${diagonal ? html`<path class="diagonal" d="${pathOf(corner, horizontal, vertical)}"/>` : null}
${
  mark &&
  html`<line class="mark" x1="${at(horizontal, mark.x)}" x2="${at(horizontal, mark.x)}" y1="${MARGIN.top}" y2="${MARGIN.top + PLOT.height}"/>`
}
${drawn.map((one) => html`<path class="line ${style(one)}" d="${pathOf(one, horizontal, vertical)}"/>`)}
${drawn.filter(({ x: xs }) => xs.length === 1).map((one) => dot(one, style(one), horizontal, vertical))}
</svg>
${legend([...named.map((one) => ({ name: one.name, style: style(one) })), ...(mark ? [{ name: mark.name, style: 'mark' }] : [])])}
</figure>`;
}

interface Scale {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

const at = ({ place }: Scale, value: number): string => place(value).toFixed(1);

function scaleOf({ min, max, logarithmic = false }: Axis, values: readonly number[], from: number, to: number): Scale {
  const shown = values.filter((value) => Number.isFinite(value) && (!logarithmic || value > 0));
  const [least, most] = extent(shown);
  const ends = nonEmpty(min ?? least, max ?? most, logarithmic);
  const ticks = logarithmic ? decades(ends) : niceTicks(ends);
  const first = min ?? Math.min(ends.low, ticks[0] ?? ends.low);
  const last = max ?? Math.max(ends.high, ticks.at(-1) ?? ends.high);
  const unit = (value: number) =>
    logarithmic ? Math.log(value / first) / Math.log(last / first) : (value - first) / (last - first);
  return {
    place: (value) => from + (to - from) * unit(value),
    ticks: ticks.filter((tick) => tick >= first * (1 - 1e-9) && tick <= last * (1 + 1e-9)),
  };
}

const extent = (values: readonly number[]): readonly [number, number] =>
  values.length === 0 ? [0, 1] : [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];

interface Range {
  readonly low: number;
  readonly high: number;
}

/** An axis has a length: around a single value, some of it. */
function nonEmpty(low: number, high: number, logarithmic: boolean): Range {
  if (high > low) return { low, high };
  if (logarithmic && low > 0) return { low: low / 2, high: low * 2 };
  const around = Math.abs(low) / 2 || 0.5;
  return { low: low - around, high: low + around };
}

/** Four to eight round numbers: steps of 1, 2 or 5 and a power of ten. */
export function niceTicks({ low, high }: Range): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10) * power;
  const first = Math.floor(low / step + 1e-9);
  const count = Math.ceil(high / step - 1e-9) - first;
  return Array.from({ length: count + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function decades({ low, high }: Range): number[] {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.ceil(Math.log10(high) - 1e-9);
  const every = Math.max(1, Math.ceil((last - first) / 6));
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => 10 ** (first + every * i));
}

function axes(horizontal: Scale, vertical: Scale, xLabel: string, yLabel: string): Html {
  const bottom = MARGIN.top + PLOT.height;
  const right = MARGIN.left + PLOT.width;
  const middle = MARGIN.top + PLOT.height / 2;
  return html`<g class="axes">
${vertical.ticks.map((tick) => {
  const y = at(vertical, tick);
  return html`<line x1="${MARGIN.left}" x2="${right}" y1="${y}" y2="${y}"/><text x="${MARGIN.left - 5}" y="${y}" dy="0.32em" text-anchor="end">${short(tick)}</text>`;
})}
${horizontal.ticks.map(
  (tick) => html`<text x="${at(horizontal, tick)}" y="${bottom + 14}" text-anchor="middle">${short(tick)}</text>`,
)}
<path d="M${MARGIN.left},${MARGIN.top}V${bottom}H${right}"/>
<text x="${MARGIN.left + PLOT.width / 2}" y="${HEIGHT - 8}" text-anchor="middle" class="label">${xLabel}</text>
<text transform="translate(12,${middle}) rotate(-90)" text-anchor="middle" class="label">${yLabel}</text>
</g>`;
}

/** The line of a series; it begins anew after each gap. */
function pathOf({ x, y }: Pick<Series, 'x' | 'y'>, horizontal: Scale, vertical: Scale): string {
  let isDrawing = false;
  const parts: string[] = [];
  for (const [i, value] of x.entries()) {
    const [px, py] = [horizontal.place(value), vertical.place(y[i] ?? Number.NaN)];
    const isPoint = Number.isFinite(px) && Number.isFinite(py);
    if (isPoint) parts.push(`${isDrawing ? 'L' : 'M'}${px.toFixed(1)},${py.toFixed(1)}`);
    isDrawing = isPoint;
  }
  return parts.join('');
}

/** A series of one point has no line. */
function dot({ x: [x = 0], y: [y = 0] }: Series, style: string, horizontal: Scale, vertical: Scale): Html | null {
  if (!Number.isFinite(vertical.place(y))) return null;
  return html`<circle class="dot ${style}" cx="${at(horizontal, x)}" cy="${at(vertical, y)}" r="3"/>`;
}

function legend(entries: readonly { readonly name: string; readonly style: string }[]): Html | null {
  if (entries.length < 2) return null;
  return html`<ul class="legend">${entries.map(
    ({ name, style }) =>
      html`<li><svg viewBox="0 0 22 8" aria-hidden="true"><path class="line ${style}" d="M1,4H21"/></svg>${name}</li>`,
  )}</ul>`;
}

/** Bars between 0 and 1, each as wide as its range: a reliability diagram, with its diagonal. */
export interface BarChart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** A line from (0, 0) to (1, 1). */
  readonly diagonal?: boolean;
  readonly bars: readonly {
    readonly low: number;
    readonly high: number;
    readonly value: number;
    readonly name: string;
  }[];
}

export function barChart({ title, x, y, diagonal, bars }: BarChart): Html {
  const horizontal = scaleOf({ label: x, min: 0, max: 1 }, [], MARGIN.left, MARGIN.left + PLOT.width);
  const vertical = scaleOf({ label: y, min: 0, max: 1 }, [], MARGIN.top + PLOT.height, MARGIN.top);
  return html`<figure class="chart"><figcaption>${title}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
${axes(horizontal, vertical, x, y)}
${bars.map(({ low, high, value, name }) => {
  const [left, top] = [horizontal.place(low), vertical.place(value)];
  const [width, height] = [horizontal.place(high) - left - 1, vertical.place(0) - top];
  return html`<rect class="bar" x="${(left + 0.5).toFixed(1)}" y="${top.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}"><title>${name}</title></rect>`;
})}
${diagonal ? html`<path class="diagonal" d="${pathOf({ x: [0, 1], y: [0, 1] }, horizontal, vertical)}"/>` : null}
</svg></figure>`;
}
