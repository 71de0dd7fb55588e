// Each form's document is read back by a parser of another author.
import Papa from 'papaparse';
import { expect, it } from 'vitest';
import { DataError } from '../../src/runtime/errors.ts';
import { formatOf, ROW_FORMATS, type RowFormatName, type RowOptions } from './rows.ts';

const NAMES = [
  'plain.png',
  'a,b.png',
  'say "x".png',
  'two\nlines\r.png',
  ' spaces .png',
  '=1+1.png',
  "日本 'é'.png",
  '',
];
const LOGITS = Float32Array.of(1, -2, 0.1);
const softmax = (() => {
  const weights = Array.from(LOGITS, Math.exp);
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
})();

function document(name: RowFormatName, options: Partial<RowOptions> = {}): string {
  const format = ROW_FORMATS[name]({ classes: 3, multiLabel: false, top: 2, ...options });
  const rows = NAMES.map((file) => format.row({ file, logits: LOGITS, notes: [] }));
  const failed = format.failed('bad.png', new DataError('bad.png', 3, 'holds "no", image'));
  return [format.begin(), ...rows, failed, format.end()].join('');
}

const table = (text: string): Record<string, string>[] => {
  const { data, errors, meta } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: false });
  expect(errors.filter(({ code }) => code !== 'TooFewFields')).toEqual([]);
  expect(new Set(meta.fields).size).toBe(meta.fields?.length);
  return data.slice(0, -1);
};

it('CSV has a row per file with all digits of each class, and reads back whatever the names are', () => {
  const text = document('csv', { classNames: ['cat, or dog', 'dog', 'error'] });
  expect(text.split('\n')[0]).toBe('file,class,probability,"cat, or dog",dog,error (2),error');
  const rows = table(text);
  expect(rows.map(({ file }) => file)).toEqual([...NAMES, 'bad.png']);
  for (const row of rows.slice(0, -1)) {
    expect(row).toMatchObject({ class: 'cat, or dog', error: '' });
    const read = ['probability', 'cat, or dog', 'dog', 'error (2)'].map((column) => Number(row[column]));
    // The softmax of float64, but for the order of its roundings: a few units in the last place of numbers below 1.
    for (const [i, value] of [softmax[0], ...softmax].entries()) expect(read[i]).toBeCloseTo(value ?? 0, 15);
  }
  expect(rows.at(-1)).toEqual({
    file: 'bad.png',
    class: '',
    probability: '',
    'cat, or dog': '',
    dog: '',
    'error (2)': '',
    error: expect.stringContaining('holds "no", image'),
  });
});

it('CSV columns of classes that share a name say which is which', () => {
  const header = document('csv', { classNames: ['crane', 'file', 'crane'] }).split('\n')[0];
  expect(header).toBe('file,class,probability,crane (0),file (1),crane (2),error');
  expect(document('csv').split('\n')[0]).toBe('file,class,probability,class 0,class 1,class 2,error');
});

it('of several classes at once, those that reach their threshold are present, in every form', () => {
  const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));
  const options = { classNames: ['a', 'b', 'c'], multiLabel: true };
  const [first] = table(document('csv', options));
  expect(first).toMatchObject({ class: 'a|c', b: String(sigmoid(-2)) });
  expect(first?.probability?.split('|').map(Number)).toEqual([LOGITS[0], LOGITS[2]].map((x) => sigmoid(x ?? 0)));
  const thresholds = [0.8, 0.1, sigmoid(LOGITS[2] ?? 0)];
  expect(table(document('csv', { ...options, thresholds }))[0]).toMatchObject({ class: 'b|c' });
  const none = { ...options, thresholds: [0.9, 0.9, 0.9] };
  expect(table(document('csv', none))[0]).toMatchObject({ class: '', probability: '', error: '' });
  const [line = ''] = document('jsonl', { ...options, thresholds }).split('\n');
  expect(JSON.parse(line)).toMatchObject({ present: ['b', 'c'], logits: [...LOGITS] });
  expect(document('text', none)).toContain('plain.png\n  73.1%  a\n  52.5%  c\n  present: none\n');
});

it('JSON is one array, or a line per file; neither form lets a name control a terminal', () => {
  const array = JSON.parse(document('json'));
  const lines = document('jsonl').trimEnd().split('\n');
  expect(lines).toHaveLength(NAMES.length + 1);
  expect(lines.map((line) => JSON.parse(line))).toEqual(array);
  expect(array[1]).toMatchObject({ file: 'a,b.png', classes: [{ index: 0 }, { index: 2 }] });
  expect(array[1]).not.toHaveProperty('present');
  expect(array.at(-1)).toMatchObject({ file: 'bad.png', code: 'data' });
  const empty = ROW_FORMATS.json({ classes: 3, multiLabel: false, top: 1 });
  expect(JSON.parse(`${empty.begin()}${empty.end()}`)).toEqual([]);
  expect(document('text')).toContain('two\\nlines\\r.png\n');
});

it('a file asks for its form by its name', () => {
  expect(['a.csv', 'a.JSONL', 'a.json', 'a.txt', 'csv', 'a.constructor'].map(formatOf)).toEqual(
    ['csv', 'jsonl', 'json', 'text', 'text', 'text'], //
  );
});
