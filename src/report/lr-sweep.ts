// The curve of a learning-rate sweep, as a page.

import { lineChart } from './chart.ts';
import { html } from './html.ts';
import { pageHtml } from './page.ts';

/** Losses above so many times the first are cut off: where a sweep diverges they would flatten the rest. */
const MOST = 2;

export interface SweepPage {
  readonly title: string;
  /** In the order of the rates. */
  readonly points: readonly { readonly rate: number; readonly loss: number; readonly smoothed: number }[];
  /** The rate to mark. */
  readonly suggestions: { readonly valley: number } | undefined;
  /** How the sweep ended and what to do, as sentences. */
  readonly lines: readonly string[];
}

/** @returns an HTML document; without a curve where there are no points */
export function sweepHtml({ points, suggestions, title, lines }: SweepPage): string {
  const x = points.map(({ rate }) => rate);
  const smoothed = points.map((point) => point.smoothed);
  const losses = points.map(({ loss }) => loss);
  const finite = smoothed.filter(Number.isFinite);
  const top = Math.min(
    finite.reduce((a, b) => Math.max(a, b), 0),
    MOST * (finite[0] ?? 1),
  );
  const least = finite.reduce((a, b) => Math.min(a, b), top);
  // A margin, so that single losses show around the curve.
  const margin = (top - least) / 5 || top / 10 || 1;
  const [min, max] = [Math.max(0, least - margin), top + margin];
  const inside = (value: number) => (value >= min && value <= max ? value : Number.NaN);
  const chart =
    points.length > 0 &&
    lineChart({
      title: 'Loss by learning rate',
      x: { label: 'learning rate', logarithmic: true },
      y: { label: 'loss', min, max },
      series: [
        { name: 'smoothed loss', x, y: smoothed.map(inside) },
        { name: 'loss of each step', x, y: losses.map(inside), faint: true },
      ],
      mark: suggestions && { x: suggestions.valley, name: `valley: ${Number(suggestions.valley.toPrecision(2))}` },
    });
  return pageHtml(
    title,
    html`<header><h1>${title}</h1>${lines.map((line) => html`<p>${line}</p>`)}</header>
${chart ? html`<main><section>${chart}</section></main>` : null}
<footer>Made by densenet-webgpu.</footer>`,
  );
}
