import { expect, test } from 'vitest';
import { sweepHtml } from './lr-sweep.ts';

const rates = [1e-4, 1e-3, 1e-2, 1e-1, 1];
const points = [3, 2, 1, 2, 90].map((smoothed, i) => ({ rate: rates[i] ?? 0, loss: smoothed + 0.1, smoothed }));
const page = { title: 'Sweep of <b>', points, suggestions: { valley: 1e-3 }, lines: ['Train & see.'] };
const pathOf = (html: string, kind: string) => new RegExp(`<path class="line ${kind}" d="([^"]*)"`).exec(html)?.[1];

test('a sweep is a curve over the logarithm of the rate, with the valley marked', () => {
  const html = sweepHtml(page);
  expect(html).toContain('<h1>Sweep of &lt;b&gt;</h1><p>Train &amp; see.</p>');
  const places = [...(pathOf(html, 's1') ?? '').matchAll(/[ML]([\d.]+),([\d.]+)/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
  // What diverged is cut off: it would flatten the rest.
  expect(places).toHaveLength(4);
  const [first, second, third, fourth] = places.map(([x = 0]) => x);
  expect([(third ?? 0) - (second ?? 0), (fourth ?? 0) - (third ?? 0)]).toEqual([
    expect.closeTo((second ?? 0) - (first ?? 0), 0),
    expect.closeTo((second ?? 0) - (first ?? 0), 0),
  ]);
  expect(places[1]?.[1]).toBe(places[3]?.[1]);
  expect(places[2]?.[1]).toBeGreaterThan(places[1]?.[1] ?? 0);
  expect(Number(/class="mark" x1="([\d.]+)"/.exec(html)?.[1])).toBeCloseTo(second ?? 0, 1);
  expect(html).toContain('valley: 0.001');
  expect(pathOf(html, 'faint')).toBeDefined();
});

test('a sweep that never had a loss is a page of sentences', () => {
  const html = sweepHtml({ ...page, points: [], suggestions: undefined });
  expect(html).not.toContain('<svg');
  expect(html).toContain('Train &amp; see.');
});
