// How far the images are, and what can be done about it: cancel, go on, forget them.

import { h } from 'preact';
import type { UsedNetwork } from '../classify/stage.ts';
import { format, text } from '../text/text.ts';
import { type ImageQueue, isSameNetwork } from './queue.ts';

export function QueueStatus({ queue, current }: { queue: ImageQueue; current: UsedNetwork | undefined }) {
  const words = text().images.table;
  const { count } = format();
  const rows = queue.rows.value;
  const state = queue.state.value;
  const { junk, missed } = queue.leftOut.value;
  const done = rows.filter(({ outcome }) => outcome).length;
  const refused = rows.filter(({ outcome }) => outcome?.kind === 'refused').length;
  const active = state === 'running' || state === 'stopping';
  const otherNetwork = !active && current !== undefined && !isSameNetwork(current, queue.network.value);
  const sentence = {
    idle: '',
    running: words.state.running(count(done), count(rows.length)),
    stopping: words.state.stopping,
    stopped: words.state.stopped(count(done), count(rows.length)),
    done: words.state.done(count(rows.length)),
  }[state];
  return h('div', null, [
    h('p', { class: 'status', role: 'status' }, [
      sentence,
      refused > 0 && ` ${words.refused(count(refused))}`,
      junk > 0 && ` ${words.junk(count(junk))}`,
      missed > 0 && ` ${words.missed(count(missed))}`,
    ]),
    otherNetwork && h('p', { class: 'hint' }, words.otherNetwork),
    active && h('progress', { 'aria-label': words.progress, max: rows.length, value: done }),
    h('div', { class: 'row' }, [
      active &&
        h(
          'button',
          { type: 'button', class: 'stop', disabled: state === 'stopping', onClick: () => queue.cancel() },
          words.cancel,
        ),
      state === 'stopped' && !otherNetwork && h('button', { type: 'button', onClick: () => queue.goOn() }, words.goOn),
      otherNetwork && h('button', { type: 'button', onClick: () => queue.goOn() }, words.again),
      h('button', { type: 'button', onClick: () => queue.clear() }, words.clear),
    ]),
  ]);
}
