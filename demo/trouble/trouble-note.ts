// Trouble as people see it: what is wrong, what to do, and a way to try again where that makes sense.

import { h } from 'preact';
import type { Trouble } from './advice.ts';

export function TroubleNote({ trouble, retry }: { trouble: Trouble; retry?: () => void }) {
  const { title, detail, advice } = trouble;
  return h('div', { class: 'trouble', role: 'alert' }, [
    h('h2', null, title),
    ...advice.map((line) => h('p', null, line)),
    h('p', { class: 'detail' }, detail),
    retry && h('button', { type: 'button', onClick: retry }, 'Try again'),
  ]);
}
