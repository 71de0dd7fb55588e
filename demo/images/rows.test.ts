import { parse } from 'papaparse';
import { describe, expect, it } from 'vitest';
import { csvOf, jsonOf, safeCell } from './export-rows.ts';
import { naturalKey } from './file-selection.ts';
import { highest, type ImageRow, scoresOf } from './image-row.ts';
import { arrange, ranksOf, runningMetrics } from './row-order.ts';

const FILE = new File([], 'file');
const classNames = ['cat', '=cmd', 'bird, or "fowl"'];
const row = (id: number, path: string, scores?: number[], milliseconds = id): ImageRow => ({
  id,
  path,
  sortName: naturalKey(path),
  file: FILE,
  outcome: scores && {
    kind: 'classified',
    width: 4,
    height: 3,
    notes: [],
    milliseconds,
    thumbnail: new Uint8Array(),
    scores: Float32Array.from(scores),
    top: highest(Float32Array.from(scores), 2),
  },
});
const rows: ImageRow[] = [
  row(0, 'img10.png', [0.2, 0.7, 0.1], 9),
  row(1, '=1+1.png', [0.9, 0.05, 0.05], 3),
  { ...row(2, 'bad.png'), outcome: { kind: 'refused', refusal: { kind: 'not-an-image' } } },
  row(3, 'img9.png', [0.6, 0.3, 0.1], 5),
  row(4, 'later.png'),
];
const ids = (arranged: readonly ImageRow[]) => arranged.map(({ id }) => id);

describe('the order of rows', () => {
  const all = { kind: 'all' } as const;
  it('sorts by each column, what has no value last', () => {
    expect(ids(arrange(rows, { key: 'order', descending: true }, all))).toEqual([4, 3, 2, 1, 0]);
    expect(ids(arrange(rows, { key: 'name', descending: false }, all))).toEqual([1, 2, 3, 0, 4]);
    expect(ids(arrange(rows, { key: 'class', descending: false }, all))).toEqual([1, 3, 0, 2, 4]);
    const byName = ranksOf(['b', 'a', 'c']);
    const rank = (label: number) => byName[label] ?? 0;
    expect(ids(arrange(rows, { key: 'class', descending: false }, all, rank))).toEqual([0, 1, 3, 2, 4]);
    expect(ids(arrange(rows, { key: 'score', descending: false }, all))).toEqual([3, 0, 1, 2, 4]);
    expect(ids(arrange(rows, { key: 'score', descending: true }, all))).toEqual([1, 0, 3, 2, 4]);
    expect(ids(arrange(rows, { key: 'time', descending: true }, all))).toEqual([0, 3, 1, 2, 4]);
  });

  it('filters by class and by refusal, and counts both', () => {
    const sorting = { key: 'order', descending: false } as const;
    expect(ids(arrange(rows, sorting, { kind: 'class', label: 0 }))).toEqual([1, 3]);
    expect(ids(arrange(rows, sorting, { kind: 'refused' }))).toEqual([2]);
    expect(runningMetrics(rows)).toEqual({
      classes: new Map([
        [1, 1],
        [0, 2],
      ]),
      refused: 1,
    });
  });

  it('stays quick with thousands', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => row(i, `${(i * 7919) % 20_000}.png`, [i / 20_000, 0.1, 0.2]));
    expect(arrange(many, { key: 'name', descending: false }, all)[123]?.path).toBe('123.png');
  });
});

describe('scores', () => {
  it('are softmax or sigmoid, without overflow', () => {
    expect(Array.from(scoresOf(Float32Array.of(1000, 1000), 'softmax'))).toEqual([0.5, 0.5]);
    expect(Array.from(scoresOf(Float32Array.of(0, 1000, -1000), 'sigmoid'))).toEqual([0.5, 1, 0]);
  });

  it('finds the highest as a whole sort does', () => {
    for (let seed = 1; seed < 30; seed++) {
      const values = Float32Array.from({ length: seed }, (_, i) => ((i + 1) * 7919 * seed) % 13);
      const sorted = [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
      expect(highest(values, 5)).toEqual(sorted.slice(0, 5));
    }
  });
});

describe('exports', () => {
  const options = { network: 'net', classNames, strings: () => 'no image', date: '2026-01-02' };

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['  =1+1', "'  =1+1"],
    ['\u00a0=1', "'\u00a0=1"],
    ['\t=1+1', "'\\t=1+1"],
    ['\r=1+1', "'\\r=1+1"],
    ['\n=1+1', "'\\n=1+1"],
    ['\u200b=1+1', '\\u200b=1+1'],
    ['＝1+1', "'＝1+1"],
    ['＠x', "'＠x"],
    ['a\n=1+1', 'a\\n=1+1'],
    ['a\r\n=1+1', 'a\\r\\n=1+1'],
    ['a;=1', 'a;=1'],
    ['a=1', 'a=1'],
  ])('a cell %j is %j', async (name, cell) => {
    expect(safeCell(name)).toBe(cell);
    const text = await (await csvOf([row(0, name, [0.2, 0.7, 0.1])], options)).text();
    // Whatever parts the columns, in quotes they are one cell of one line.
    for (const delimiter of [',', ';', '\t']) {
      const { data } = parse<string[]>(text.split('\r\n')[1] ?? '', { delimiter });
      expect(data).toHaveLength(1);
      for (const found of data[0] ?? []) expect(found).not.toMatch(/^\s*[=+@＝＠-]/);
    }
    expect(parse<string[]>(text).data[1]?.[0]).toBe(cell);
  });

  it('reads back from CSV, and nothing in it is a formula', async () => {
    const text = await (await csvOf(rows, options)).text();
    expect(text).not.toMatch(/(^|,|")[=+@-]/m);
    const { data, errors } = parse<string[]>(text, { skipEmptyLines: true });
    expect(errors).toEqual([]);
    expect(data[0]?.slice(-3)).toEqual(['cat', "'=cmd", 'bird, or "fowl"']);
    expect(data[1]).toEqual(['img10.png', '4', '3', "'=cmd", '0.7', '9', '', '0.2', '0.7', '0.1']);
    expect(data[2]?.[0]).toBe("'=1+1.png");
    expect(data[3]?.slice(0, 7)).toEqual(['bad.png', '', '', '', '', '', 'no image']);
    expect(data).toHaveLength(6);
  });

  it('reads back from JSON', async () => {
    const made = JSON.parse(await (await jsonOf(rows, options)).text());
    expect(made.classes).toEqual(classNames);
    expect(made.images).toHaveLength(5);
    expect(made.images[0].scores[0]).toEqual({ class: '=cmd', score: 0.7 });
    expect(made.images[2]).toEqual({ file: 'bad.png', problem: { kind: 'not-an-image' }, strings: 'no image' });
  });

  it('writes the ten highest where there are a thousand classes', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `c${i}`);
    const wide = [
      row(
        0,
        'a',
        Array.from({ length: 1000 }, (_, i) => i / 1000),
      ),
    ];
    const { data } = parse<string[]>(await (await csvOf(wide, { ...options, classNames: names })).text());
    expect(data[1]?.slice(7, 11)).toEqual(['c999', '0.999', 'c998', '0.998']);
    const made = JSON.parse(await (await jsonOf(wide, { ...options, classNames: names })).text());
    expect(made.images[0].scores).toHaveLength(10);
  });
});
