import { expect, it } from 'vitest';
import { table } from '../ui/text-table.ts';
import { jsonText } from './output.ts';

it('JSON on a terminal has no character that it obeys, and reads back as it was', () => {
  const value = { 'na\u202eme': ['\x7f\x9b2J', '\u200b\u{e0041}\ud83d\ude00', 'a\nb'] };
  const text = jsonText(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(text).toContain('\ud83d\ude00');
});

it('a cell of a table is one line without escapes', () => {
  expect(table(['class'], [['a\nb\x1b[2J'], ['c']])).toBe('class\na\\nb\\u001b[2J\nc');
});
