// What all charts take from the page's theme, light or dark.

import type uPlot from 'uplot';

export interface ChartTheme {
  /** A custom property's value where the chart stands. */
  colour(name: string): string;
  /** The page's type, so large. */
  font(pixels: number): string;
  readonly axis: uPlot.Axis;
}

export function chartTheme(element: HTMLElement): ChartTheme {
  const theme = getComputedStyle(element);
  const colour = (name: string) => theme.getPropertyValue(name).trim();
  const font = (pixels: number) => `${pixels}px ${theme.fontFamily}`;
  const axis: uPlot.Axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: font(12),
  };
  return { colour, font, axis };
}
