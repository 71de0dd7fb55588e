// The self-test to start, and what it found: a table a network, a row a group of tensors. And the warning above every
// view on a GPU that failed.

import { h } from 'preact';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { TroubleNote } from '../trouble/trouble-note.ts';
import { linkTo } from '../views.ts';
import type { Checked, SelfTestState } from './self-test.ts';

export function SelfTestPanel({ page }: { page: Page }) {
  const words = text().selfTest;
  const state = page.selfTest.state.value;
  const running = state.kind === 'running';
  return h('section', { class: 'panel', 'aria-labelledby': 'self-test-title' }, [
    h('h2', { id: 'self-test-title' }, words.title),
    h('p', null, words.lead),
    h(
      'button',
      {
        type: 'button',
        disabled: running || !page.network.value,
        onClick: () => page.selfTest.run(),
      },
      words.start,
    ),
    h('p', { class: 'status', role: 'status' }, said(state)),
    state.kind === 'failed' && h(TroubleNote, { trouble: state.trouble }),
    (state.kind === 'running' || state.kind === 'done') &&
      state.checked.map((checked) => h(Result, { key: checked.network, checked })),
    state.kind === 'done' && h('p', { class: 'hint' }, words.explained),
  ]);
}

/** For the top of every view. */
export function DistrustNote({ page }: { page: Page }) {
  if (!page.selfTest.distrusted.value) return null;
  const words = text().selfTest;
  return h('div', { class: 'trouble', role: 'alert' }, [
    h('p', null, [h('strong', null, words.distrusted), ' ', h('a', { href: linkTo('about') }, words.see)]),
  ]);
}

function said(state: SelfTestState): string {
  const words = text().selfTest;
  if (state.kind === 'running') return words.running(words.networks[state.network]);
  if (state.kind === 'done') return state.passed ? words.passed : words.distrusted;
  return '';
}

function groupName(group: string): string {
  const { groups } = text().selfTest;
  return Object.hasOwn(groups, group) ? groups[group as keyof typeof groups] : group;
}

function Result({ checked: { network, passed, groups } }: { checked: Checked }) {
  const words = text().selfTest;
  const { decimal } = format();
  const times = (value: number | null) => (value === null ? '–' : words.times(decimal(value, 1)));
  return h(
    'div',
    { class: 'table-frame', tabIndex: 0, role: 'region', 'aria-label': words.networks[network] },
    h('table', { class: 'checks' }, [
      h('caption', null, `${words.networks[network]}: ${passed ? words.right : words.wrong}`),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          Object.values(words.columns).map((name) => h('th', { scope: 'col', key: name }, name)),
        ),
      ),
      h(
        'tbody',
        null,
        groups.map(({ group, tensors, error, allowed, timesFloat32, passed: right }) =>
          h('tr', { key: group, class: right ? '' : 'bad' }, [
            h('th', { scope: 'row' }, groupName(group)),
            h('td', null, String(tensors)),
            h('td', null, error === null ? words.notANumber : error.toExponential(1)),
            h('td', null, allowed.toExponential(1)),
            h('td', null, times(timesFloat32)),
            h('td', null, right ? words.right : words.wrong),
          ]),
        ),
      ),
    ]),
  );
}
