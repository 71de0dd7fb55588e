// Tables as spreadsheets, pandas and people write them.
import { expect, test } from 'vitest';
import { ConfigError, DataError } from '../runtime/errors.ts';
import { readManifest } from './manifest.ts';

const read = (text: string, options = {}) => readManifest({ name: 'images.csv', text, encoding: 'UTF-8' }, options);
const labels = (text: string, options = {}) => read(text, options).rows.map(({ path, label }) => [path, label]);

test.each([
  ['commas, no header', 'a.png,cat\nb.png,dog\n'],
  ['a header', 'path,label\na.png,cat\nb.png,dog'],
  ['semicolons, CRLF, a byte order mark', '\uFEFFfilename;class\r\na.png;cat\r\nb.png;dog\r\n'],
  ['tabs and quotes', '"path"\t"label"\n"a.png"\t"cat"\n"b.png"\t"dog"\n'],
  ["Excel's sep line, blank lines and spaces", 'sep=;\npath;label\n\n a.png ; cat \nb.png;dog\n;\n'],
  ['the label first', 'label,path\ncat,a.png\ndog,b.png\n'],
  ['other columns beside the label', 'id,width,label,height\na.png,3,cat,4\nb.png,5,dog,6\n'],
])('one class per image: %s', (_, text) => {
  const { classNames, task, problems } = read(text);
  expect([classNames, task, problems]).toEqual([['cat', 'dog'], 'single-label', []]);
  expect(labels(text)).toEqual([
    ['a.png', 0],
    ['b.png', 1],
  ]);
});

test('a name may hold the delimiter, a quote and a line end', () => {
  expect(labels('path,label\n"a, ""b""\nc.png",x\nd.png,y\n')).toEqual([
    ['a, "b"\nc.png', 0],
    ['d.png', 1],
  ]);
});

test('numbers are sorted as numbers, names by code points as Python sorts them', () => {
  expect(read('a.png,10\nb.png,9\nc.png,2\n').classNames).toEqual(['2', '9', '10']);
  expect(read('a.png,\u{1f600}\nb.png,\uffee\nc.png,Z\nd.png,a\ne.png,é\n').classNames).toEqual([
    'Z',
    'a',
    'é',
    '\uffee',
    '\u{1f600}',
  ]);
});

test('class names that are given hold for names and for numbers', () => {
  const classNames = ['dog', 'cat', 'cow'];
  expect(labels('a.png,cat\nb.png,dog\n', { classNames })).toEqual([
    ['a.png', 1],
    ['b.png', 0],
  ]);
  expect(labels('a.png,2\nb.png,0\n', { classNames })).toEqual([
    ['a.png', 2],
    ['b.png', 0],
  ]);
  expect(
    read('a.png,2\nb.png,3\nc.png,bird\n', { classNames }).problems.map(({ row, problem }) => [
      row,
      problem.slice(0, 18),
    ]),
  ).toEqual([
    [2, '"3" is not among t'],
    [3, '"bird" is not amon'],
  ]);
});

test('several labels per image: 1, 0, or nothing for one that is missing', () => {
  const { rows, classNames, task, problems } = read(
    'path,mass,nodule,edema\na.png,1,0,\nb.png,0.0,1.0,NaN\nc.png,2,0,0\nd.png,1\n',
  );
  expect([classNames, task]).toEqual([['mass', 'nodule', 'edema'], 'multi-label']);
  expect(rows.map(({ label }) => label)).toEqual([
    [1, 0, Number.NaN],
    [0, 1, Number.NaN],
    [1, Number.NaN, Number.NaN],
  ]);
  expect(problems).toMatchObject([
    { row: 4, path: 'c.png', problem: 'mass is "2": of several labels, each is 1, 0 or empty (missing)' },
  ]);
});

test('groups and splits have columns', () => {
  const { rows } = read('path,label,patient,split\na.png,x,p1,train\nb.png,y,,VAL\nc.png,x,p2,test\n', {
    group: 'patient',
  });
  expect(rows.map(({ group, part }) => [group, part])).toEqual([
    ['p1', 'train'],
    [undefined, 'validation'],
    ['p2', 'test'],
  ]);
  expect(read('path,label,split\na.png,x,train\nb.png,x,other\n').problems).toMatchObject([
    { row: 3, problem: expect.stringMatching(/"other" is no split/) },
  ]);
  expect(() => read('path,label,patient\na.png,x,p', { group: 'pacient' })).toThrow(
    /group: "pacient" is no column .*did you mean patient\?/,
  );
  expect(() => read('a.png,x', { group: 'patient' })).toThrow(ConfigError);
});

test('rows without a path or a label are problems that name the row', () => {
  expect(read('path,label\na.png,x\n,y\nc.png,\n').problems).toMatchObject([
    { row: 3, problem: 'has no path' },
    { row: 4, path: 'c.png', problem: 'has no label' },
  ]);
});

test.each([
  ['nothing', '', /no table of two columns/],
  ['a header only', 'path,label\n', /a header and no rows/],
  ['one column', 'a.png\nb.png\n', /no table of two columns/],
  ['an open quote', 'a.png,"cat\nb.png,dog\n', /a quote is not closed/],
  ['no row that can be used', 'path,label\n,x\n,y\n', /no row that can be used: row 2: has no path/],
  ['a title twice', 'path,a,a\nx.png,1,0\n', /two columns "a"/],
])('what is no such table is an error: %s', (_, text, words) => {
  expect(() => read(text)).toThrow(words);
  expect(() => read(text)).toThrow(DataError);
});
