// Look inside: one block's buffer, one layer, who uses what, and lessons. What is looked at is in the address, so that a
// lesson can link to it; the picture is the one in Classify.

import { useEffect, useRef } from 'preact/hooks';
import type { Page } from '../page.ts';
import { text } from '../text/text.ts';
import { address, linkTo, placeWithin } from '../views.ts';
import type { InsideNetwork } from '../worker/inside.ts';
import type { Place } from '../worker/inside-layer.ts';
import { BlockSection } from './block-section.tsx';
import { CopiesSection } from './copies-section.tsx';
import { LayerSection } from './layer-section.tsx';
import { BatchNormLesson } from './lessons/batch-norm.tsx';
import { BottleneckLesson } from './lessons/bottleneck.tsx';
import { ConcatenationLesson } from './lessons/concatenation.tsx';
import { TransitionLesson } from './lessons/transition.tsx';
import { PARTS, placeText, readPart, readPlace } from './place.ts';
import { ReuseSection } from './reuse-section.tsx';
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
  return (
    <div class="inside">
      <h2 class="view-title">{strings.title}</h2>
      <p class="lead">{strings.lead}</p>
      {network ? (
        <Sections page={page} network={network} />
      ) : (
        <p class="hint" role="status">
          {page.error.value ? '' : strings.waiting}
        </p>
      )}
    </div>
  );
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
  return (
    <div>
      <nav class="parts" aria-label={strings.sections}>
        <ul>
          {PARTS.map((part) => (
            <li key={part}>
              <a href={linkTo('inside', `${placeText(at)}&part=${part}`)}>{strings.parts[part]}</a>
            </li>
          ))}
        </ul>
      </nav>
      <BlockSection network={network} copies={copies} at={at} go={go} />
      {copies && <CopiesSection network={network} copies={copies} at={at} choose={(batch) => inside.copiesOf(batch)} />}
      <LayerSection page={page} network={network} at={at} />
      <ReuseSection page={page} network={network} at={at} />
      <section id="inside-lessons" class="lessons" tabIndex={-1} aria-labelledby="inside-lessons-title">
        <h2 id="inside-lessons-title">{strings.lessons.title}</h2>
        <p class="lead">{strings.lessons.lead}</p>
        <ConcatenationLesson />
        <BottleneckLesson layer={network.blocks[at.block]?.layers[Math.max(0, at.place - 1)]} />
        <TransitionLesson network={network} block={at.block} />
        <BatchNormLesson />
      </section>
    </div>
  );
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
