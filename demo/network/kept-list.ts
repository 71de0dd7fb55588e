// The networks that the browser keeps: to use, and to delete, which can be undone.

import { h } from 'preact';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import type { KeptNetwork } from './kept-networks.ts';

export function KeptList({ page }: { page: Page }) {
  const words = text().weights;
  const { kept, space } = page.networks;
  const { bytes } = format();
  const { columns } = words;
  return h('div', { class: 'kept' }, [
    h('h3', { id: 'kept-title' }, words.kept),
    kept.value.length === 0
      ? h('p', { class: 'hint' }, words.none)
      : h(
          'div',
          { class: 'scroll', tabIndex: 0, role: 'region', 'aria-labelledby': 'kept-title' },
          h('table', { 'aria-labelledby': 'kept-title' }, [
            h(
              'thead',
              null,
              h(
                'tr',
                null,
                [columns.name, columns.size, columns.classes, 'SHA-256', columns.actions].map((title) =>
                  h('th', { key: title, scope: 'col' }, title),
                ),
              ),
            ),
            h(
              'tbody',
              null,
              kept.value.map((network) => h(KeptRow, { key: network.name, page, network })),
            ),
          ]),
        ),
    space.value &&
      kept.value.length > 0 &&
      h('p', { class: 'hint' }, words.space(bytes(space.value.used), bytes(space.value.allowed))),
  ]);
}

interface RowProps {
  readonly page: Page;
  readonly network: KeptNetwork;
}

function KeptRow({ page, network }: RowProps) {
  const words = text().weights;
  const { networks } = page;
  const { bytes, count } = format();
  const { name, description } = network;
  const own = networks.ownOf(page.network.value);
  const inUse = own?.kept === true && own.name === name;
  const disabled = networks.work.value !== undefined || !page.network.value;
  const hash = description?.sha256 ?? '';
  return h('tr', null, [
    h('th', { scope: 'row' }, name),
    h('td', { class: 'number' }, bytes(network.bytes)),
    h('td', { class: 'number' }, description ? count(description.classes) : ''),
    h('td', null, h('code', { title: hash, class: 'hash' }, hash)),
    h('td', null, [
      inUse
        ? h('strong', null, words.inUse)
        : h(
            'button',
            { type: 'button', disabled, 'aria-label': words.useNamed(name), onClick: () => networks.use(name) },
            words.use,
          ),
      ' ',
      h(
        'button',
        { type: 'button', disabled, 'aria-label': words.removeNamed(name), onClick: () => networks.remove(name) },
        words.remove,
      ),
    ]),
  ]);
}
