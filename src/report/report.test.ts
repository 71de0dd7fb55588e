// A report as a browser reads it: whole, without script or network, and never more than what it was given, whatever that is called.
import { type DefaultTreeAdapterTypes, defaultTreeAdapter, parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import { evaluateLogits } from '../metrics/evaluation.ts';
import { ConfigError } from '../runtime/errors.ts';
import { createRandom } from '../runtime/random.ts';
import { lineChart, niceTicks } from './chart.ts';
import { escapeHtml, html } from './html.ts';
import { short } from './numbers.ts';
import { reportHtml } from './report.ts';
import type { ReportData } from './report-data.ts';

type Element = DefaultTreeAdapterTypes.Element;
type Node = DefaultTreeAdapterTypes.Node;

/** All elements, and every error that a parser of HTML finds. */
function parsed(text: string): { readonly elements: readonly Element[]; readonly errors: readonly string[] } {
  const errors: string[] = [];
  const document = parse(text, { onParseError: ({ code }) => errors.push(code) });
  const elements: Element[] = [];
  const walk = (node: Node) => {
    if (defaultTreeAdapter.isElementNode(node)) elements.push(node);
    if ('childNodes' in node) for (const child of node.childNodes) walk(child);
  };
  walk(document);
  return { elements, errors };
}

const attribute = (element: Element, name: string) => element.attrs.find((one) => one.name === name)?.value;
const textOf = (node: Node): string =>
  defaultTreeAdapter.isTextNode(node) ? node.value : 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';

const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Everything that a report may hold, with `name` wherever a name may stand. */
function everything(name: string, task: 'single-label' | 'multi-label' = 'single-label'): ReportData {
  const random = createRandom(3);
  const classNames = [name, `${name} 2`, 'dog'];
  const logits = Float32Array.from({ length: 60 }, () => random.normal());
  const labels =
    task === 'single-label'
      ? Int32Array.from({ length: 20 }, (_, i) => i % 3)
      : Float32Array.from({ length: 60 }, (_, i) => (i % 7 === 0 ? Number.NaN : i % 2));
  const evaluation = evaluateLogits(logits, labels, { classNames, curvePoints: 20, resamples: 20 });
  const mistake = { name, picture: PIXEL, heatMap: PIXEL, label: name, predicted: name, probability: 0.9, loss: 2 };
  return {
    title: name,
    summary: name,
    notes: [name],
    split: name,
    evaluation,
    epochs: [1, 2, 3].map((n) => ({
      ...{
        loss: 1 / n,
        accuracy: 1 - 1 / n,
        validationLoss: 1.1 / n,
        validationAccuracy: null,
        learningRate: 0.1,
      },
    })),
    bestEpoch: 1,
    mistakes: [mistake, { ...mistake, heatMap: undefined }],
    dataset: { facts: [[name, name]], classNames, splits: [{ name, images: 20, counts: [7, 7, 6] }] },
    run: [{ title: name, facts: [[name, name]] }],
  };
}

const titles = (text: string) =>
  parsed(text)
    .elements.filter(({ tagName }) => tagName === 'h2')
    .map(textOf);

/** Nothing in it is loaded from anywhere, and nothing runs. */
function expectSelfContained(text: string): void {
  const { elements, errors } = parsed(text);
  expect(errors).toEqual([]);
  for (const element of elements) {
    expect(['script', 'iframe', 'object', 'embed', 'link', 'base', 'form', 'image', 'use']).not.toContain(
      element.tagName,
    );
    for (const { name, value } of element.attrs) {
      expect(name).not.toMatch(/^on/);
      if (name === 'src') expect(value).toMatch(/^data:image\/(png|jpeg);base64,/);
      if (name === 'href') expect(value).toMatch(/^#[a-z]+$/);
      if (name === 'style') expect(value).toMatch(/^--share:[\d.]+$/);
      expect(['srcset', 'action', 'formaction', 'poster', 'background', 'xlink:href']).not.toContain(name);
    }
  }
  const styles = elements.filter(({ tagName }) => tagName === 'style').map(textOf);
  expect(styles.join('')).not.toMatch(/url\(|@import/);
}

describe('a report', () => {
  it.each(['single-label', 'multi-label'] as const)(
    'of %s images has every section, and needs nothing else',
    (task) => {
      const text = reportHtml(everything('cat', task));
      expectSelfContained(text);
      expect(titles(text)).toEqual([
        ...['Results', 'Training', 'Per class', 'Confusion', 'ROC and precision-recall', 'Calibration'],
        ...['Worst mistakes', 'Data set', 'How it was made'],
      ]);
      const { elements } = parsed(text);
      const ids = new Set(elements.map((element) => attribute(element, 'id')));
      for (const element of elements) {
        const target = attribute(element, 'href');
        if (target !== undefined) expect(ids).toContain(target.slice(1));
        if (element.tagName === 'img') expect(attribute(element, 'alt')).not.toBe('');
        if (attribute(element, 'role') === 'img') expect(attribute(element, 'aria-label')).not.toBe('');
      }
    },
  );

  it('leaves out what it has no data for', () => {
    expect(titles(reportHtml({ title: 'nothing' }))).toEqual([]);
    const all = everything('cat');
    expect(titles(reportHtml({ title: 'a', epochs: all.epochs }))).toEqual(['Training']);
    expect(titles(reportHtml({ title: 'a', dataset: all.dataset, mistakes: [], run: [], epochs: [] }))).toEqual([
      'Data set',
    ]);
    expect(titles(reportHtml({ title: 'a', mistakes: all.mistakes, run: all.run }))).toHaveLength(2);
  });

  it('has no NaN, no infinity and no undefined in it', () => {
    for (const task of ['single-label', 'multi-label'] as const)
      expect(reportHtml(everything('cat', task))).not.toMatch(/NaN|Infinity|undefined|\[object/);
  });

  it('takes pictures within itself only', () => {
    for (const picture of [
      'https://example.org/a.png',
      'data:image/svg+xml;base64,AAAA',
      'data:image/png;base64,"><script>',
      '',
    ]) {
      const [mistake] = everything('cat').mistakes ?? [];
      if (!mistake) throw new Error('there is no mistake');
      expect(() => reportHtml({ title: 'a', mistakes: [{ ...mistake, picture }] })).toThrow(ConfigError);
      expect(() => reportHtml({ title: 'a', mistakes: [{ ...mistake, heatMap: picture }] })).toThrow(ConfigError);
    }
  });

  it('shows many classes without a matrix of them all', () => {
    const classes = 40;
    const random = createRandom(1);
    const classNames = Array.from({ length: classes }, (_, k) => `class ${k}`);
    const labels = Int32Array.from({ length: 200 }, (_, i) => i % classes);
    const logits = Float32Array.from({ length: 200 * classes }, () => random.normal());
    const text = reportHtml({
      title: 'a',
      evaluation: evaluateLogits(logits, labels, { classNames, curvePoints: 20, resamples: 0 }),
    });
    expectSelfContained(text);
    expect(text).not.toContain('class="matrix"');
    expect(text).toContain('The 5 with the smallest areas are coloured');
  });
});

describe('what names may hold', () => {
  const NASTY = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</title></style></svg><script>',
    '<!--',
    ']]>',
    '&amp;&lt;&#60;',
    '\u0000\u0007\u001b[2J',
    '\ud800',
    '\u202egnp.exe',
    '{{1}}',
  ];

  it.each(NASTY)('%j is text, and the same elements are there', (name) => {
    const text = reportHtml(everything(name));
    expectSelfContained(text);
    const tags = (of: string) => parsed(of).elements.map(({ tagName }) => tagName);
    expect(tags(text)).toEqual(tags(reportHtml(everything('x'))));
    const heading = parsed(text).elements.find(({ tagName }) => tagName === 'h1');
    if (/^[\x20-\x7e]*$/.test(name)) expect(heading && textOf(heading)).toBe(name);
  });

  it('random texts read back as they were', () => {
    const random = createRandom(Date.now() % 1e6);
    const pieces = [
      '<',
      '>',
      '&',
      '"',
      "'",
      '/',
      '=',
      '-',
      '!',
      'script',
      'a',
      ' ',
      '\n',
      '\t',
      '한',
      '😀',
      '&lt',
      ';',
      '`',
      '--',
      ']]>',
    ];
    for (let number = 0; number < 300; number++) {
      const name = Array.from({ length: 12 }, () => pieces[Math.floor(random.uniform() * pieces.length)]).join('');
      const { elements, errors } = parsed(
        `<!doctype html><title>t</title><p title="${escapeHtml(name)}">${html`${name}`.text}</p>`,
      );
      const paragraph = elements.find(({ tagName }) => tagName === 'p');
      expect(errors, JSON.stringify(name)).toEqual([]);
      expect(paragraph && [textOf(paragraph), attribute(paragraph, 'title')]).toEqual([name, name]);
      expect(elements).toHaveLength(5);
    }
  });

  it('only templates make HTML', () => {
    const fake = { text: '<script>' };
    expect(html`${JSON.stringify(fake)}`.text).not.toContain('<');
    expect(html`a${null}${undefined}${[1, '<', html`<b>`]}`.text).toBe('a1&lt;<b>');
  });
});

describe('charts', () => {
  it('ticks are round and cover the range', () => {
    expect(niceTicks({ low: 0, high: 1 })).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(niceTicks({ low: 0.13, high: 0.14 })).toEqual([0.13, 0.132, 0.134, 0.136, 0.138, 0.14]);
    expect(niceTicks({ low: -3, high: 250 })).toEqual([-100, 0, 100, 200, 300]);
  });

  it('a gap, a single point, one value only and no value at all are drawn', () => {
    const chart = (x: readonly number[], y: readonly number[], logarithmic = false) =>
      lineChart({ title: 't', x: { label: 'x' }, y: { label: 'y', logarithmic }, series: [{ name: 's', x, y }] }).text;
    expect(chart([1, 2, 3, 4], [1, Number.NaN, 3, 4])).toMatch(/class="line s1" d="M[\d.]+,[\d.]+M[\d.]+,[\d.]+L/);
    for (const text of [
      chart([1], [0.5]),
      chart([1, 2], [3, 3]),
      chart([], []),
      chart([1], [Number.NaN]),
      chart([1, 2], [1e-5, 1e-5], true),
    ])
      expect(text).not.toMatch(/NaN|Infinity/);
    expect(chart([1], [0.5])).toContain('<circle');
    expect(() => chart([1, 2], [1])).toThrow(ConfigError);
  });
});

it('ticks of an axis are short', () => {
  expect([0, 0.5, 0.25, 0.01, 0.001, 0.00001, -0.002, 1250, 123456.78].map(short)).toEqual([
    '0',
    '0.5',
    '0.25',
    '0.01',
    '1e-3',
    '1e-5',
    '-2e-3',
    '1250',
    '123500',
  ]);
});
