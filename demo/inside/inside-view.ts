// Look inside: one block's buffer, one layer, who uses what, and lessons. What is looked at is in the address, so that a
// lesson can link to it; the picture is the one in Classify.

import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Page } from '../page.ts';
import { text } from '../text/text.ts';
import { address, linkTo, placeWithin } from '../views.ts';
import type { InsideNetwork } from '../worker/inside.ts';
import type { Place } from '../worker/inside-layer.ts';
import { BlockSection } from './block-section.ts';
import { CopiesSection } from './copies-section.ts';
import { LayerSection } from './layer-section.ts';
import { BatchNormLesson } from './lessons/batch-norm.ts';
import { BottleneckLesson } from './lessons/bottleneck.ts';
import { ConcatenationLesson } from './lessons/concatenation.ts';
import { TransitionLesson } from './lessons/transition.ts';
import { PARTS, placeText, readPart, readPlace } from './place.ts';
import { ReuseSection } from './reuse-section.ts';
import './inside.css';
import './reuse.css';
import './lessons/lessons.css';

export function InsideView({ page }: { page: Page }) {
  const strings = text().inside;
  const { inside } = page;
  const loaded = page.network.value?.loaded;
  const network = inside.networkOf(loaded);
  useEffect(() => {
    if (loaded) inside.open(loaded);
  }, [loaded]);
  return h('div', { class: 'inside' }, [
    h('h2', { class: 'view-title' }, strings.title),
    h('p', { class: 'lead' }, strings.lead),
    network
      ? h(Sections, { page, network })
      : h('p', { class: 'hint', role: 'status' }, page.error.value ? '' : strings.waiting),
  ]);
}

function Sections({ page, network }: { page: Page; network: InsideNetwork }) {
  const strings = text().inside;
  const { inside } = page;
  const { within } = address.value;
  const at = readPlace(within, network.blocks);
  const pixels = page.shown.value?.picture.pixels;
  const copies = inside.copies.value;
  const go = (place: Place) => placeWithin('inside', placeText(place));
  useEffect(() => {
    if (pixels) inside.look(at, pixels);
  }, [network, at.block, at.place, pixels]);
  useScroll(within);
  return h('div', null, [
    h('nav', { class: 'parts', 'aria-label': strings.sections }, [
      h(
        'ul',
        null,
        PARTS.map((part) =>
          h(
            'li',
            { key: part },
            h('a', { href: linkTo('inside', `${placeText(at)}&part=${part}`) }, strings.parts[part]),
          ),
        ),
      ),
    ]),
    h(BlockSection, { network, copies, at, go }),
    copies && h(CopiesSection, { network, copies, at, choose: (batch) => inside.copiesOf(batch) }),
    h(LayerSection, { page, network, at }),
    h(ReuseSection, { page, network, at }),
    h('section', { id: 'inside-lessons', class: 'lessons', tabIndex: -1, 'aria-labelledby': 'inside-lessons-title' }, [
      h('h2', { id: 'inside-lessons-title' }, strings.lessons.title),
      h('p', { class: 'lead' }, strings.lessons.lead),
      h(ConcatenationLesson, null),
      h(BottleneckLesson, { layer: network.blocks[at.block]?.layers[Math.max(0, at.place - 1)] }),
      h(TransitionLesson, { network, block: at.block }),
      h(BatchNormLesson, null),
    ]),
  ]);
}

/** An address that names a section leads to it, whenever it is followed. */
function useScroll(within: string): void {
  const before = useRef<string | undefined>(undefined);
  useEffect(() => {
    const part = readPart(within);
    if (part && before.current !== within) {
      const section = document.getElementById(`inside-${part}`);
      section?.scrollIntoView();
      section?.focus({ preventScroll: true });
    }
    before.current = within;
  }, [within]);
}
