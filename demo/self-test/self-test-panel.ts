// The self-test to start, and what it found: a table a network, a row a group of tensors. And the warning above every
// view on a GPU that failed.

import { h } from 'preact';
import { type Certificate, flipText, wrongText } from '../../src/densenet/certify/certificate.ts';
import { ErrorBanner } from '../errors/error-banner.ts';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { linkTo } from '../views.ts';
import type { Checked, SelfTestState } from './self-test.ts';

export function SelfTestPanel({ page }: { page: Page }) {
  const strings = text().selfTest;
  const state = page.selfTest.state.value;
  const running = state.kind === 'running';
  return h('section', { class: 'panel', 'aria-labelledby': 'self-test-title' }, [
    h('h2', { id: 'self-test-title' }, strings.title),
    h('p', null, strings.lead),
    h(
      'button',
      {
        type: 'button',
        disabled: running || !page.network.value,
        onClick: () => page.selfTest.run(),
      },
      strings.start,
    ),
    h('p', { class: 'status', role: 'status' }, message(state)),
    state.kind === 'failed' && h(ErrorBanner, { error: state.error }),
    (state.kind === 'running' || state.kind === 'done') &&
      state.checked.map((checked) => h(Result, { key: checked.network, checked })),
    state.kind === 'done' && h('p', { class: 'hint' }, strings.explained),
  ]);
}

/** For the top of every view. */
export function DistrustNote({ page }: { page: Page }) {
  if (!page.selfTest.distrusted.value) return null;
  const strings = text().selfTest;
  return h('div', { class: 'error-banner', role: 'alert' }, [
    h('p', null, [h('strong', null, strings.distrusted), ' ', h('a', { href: linkTo('about') }, strings.see)]),
  ]);
}

function message(state: SelfTestState): string {
  const strings = text().selfTest;
  if (state.kind === 'running') return strings.running(strings.networks[state.network]);
  if (state.kind === 'done') {
    if (!state.passed) return strings.distrusted;
    const agrees = state.checked.every(({ groups }) => groups.every(({ passed }) => passed));
    return agrees ? strings.passed : strings.passedWithFlips;
  }
  return '';
}

function groupName(group: string): string {
  const { groups } = text().selfTest;
  return Object.hasOwn(groups, group) ? groups[group as keyof typeof groups] : group;
}

/** How many flips are listed. */
const FLIPS_SHOWN = 5;

/** What float64 says of a network's passes; where something is wrong, or flipped, it is named as the command line does. */
function CertificateNote({ certificate }: { certificate: Certificate }) {
  const strings = text().selfTest.certificate;
  const { verdict, wrong, flips, flipped, passes } = certificate;
  return h('div', { class: 'hint' }, [
    h('p', null, strings[verdict](passes, flipped)),
    wrong && h('p', { lang: 'en' }, wrongText(wrong)),
    flips.length > 0 &&
      h(
        'ul',
        { lang: 'en' },
        flips.slice(0, FLIPS_SHOWN).map((flip) => h('li', { key: flipText(flip) }, flipText(flip))),
      ),
  ]);
}

function Result({ checked: { network, passed, groups, certificate } }: { checked: Checked }) {
  const strings = text().selfTest;
  const { decimal } = format();
  const times = (value: number | null) => (value === null ? '–' : strings.times(decimal(value, 1)));
  const table = h(
    'div',
    { class: 'table-frame', tabIndex: 0, role: 'region', 'aria-label': strings.networks[network] },
    h('table', { class: 'checks' }, [
      h('caption', null, `${strings.networks[network]}: ${passed ? strings.right : strings.wrong}`),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          Object.values(strings.columns).map((name) => h('th', { scope: 'col', key: name }, name)),
        ),
      ),
      h(
        'tbody',
        null,
        groups.map(({ group, tensors, error, allowed, timesFloat32, passed: right }) =>
          h('tr', { key: group, class: right ? '' : 'bad' }, [
            h('th', { scope: 'row' }, groupName(group)),
            h('td', null, String(tensors)),
            h('td', null, error === null ? strings.notANumber : error.toExponential(1)),
            h('td', null, allowed.toExponential(1)),
            h('td', null, times(timesFloat32)),
            h('td', null, right ? strings.right : strings.wrong),
          ]),
        ),
      ),
    ]),
  );
  return h('div', null, [table, certificate && h(CertificateNote, { certificate })]);
}
