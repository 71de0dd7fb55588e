// Trouble as people see it: what is wrong, what to do, and a way to try again where that makes sense.

import { h } from 'preact';
import { text } from '../text/text.ts';
import { type Trouble, troubleWords } from './advice.ts';

export function TroubleNote({ trouble, retry }: { trouble: Trouble; retry?: () => void }) {
  const words = text().trouble;
  const { title, advice } = troubleWords(trouble, words);
  return h('div', { class: 'trouble', role: 'alert' }, [
    h('h2', null, title),
    ...advice.map((line) => h('p', null, line)),
    h('p', { class: 'detail', lang: 'en' }, trouble.detail),
    retry && h('button', { type: 'button', onClick: retry }, words.retry),
  ]);
}
