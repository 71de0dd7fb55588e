// The worst mistakes: the held-out images with the highest loss of those that the network gets wrong, what it said and how
// sure it was. A click shows one large.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { imageBytes } from '../../src/data/batches.ts';
import type { LabelledImages } from '../../src/data/idx.ts';
import { Canvas } from '../canvas.ts';
import { inputImage } from '../classify/heat-map.ts';
import type { Page } from '../page.ts';
import { className, format, text } from '../text/text.ts';
import type { Mistake } from './validation.ts';

export function MistakesView({ page }: { page: Page }) {
  const judged = page.training.judged.value;
  // With the images that it is one of: a later run has others.
  const large = useSignal<{ readonly mistake: Mistake; readonly images: LabelledImages } | undefined>(undefined);
  if (!judged) return null;
  const words = text().train.mistakes;
  const { images, result } = judged;
  return h('section', { class: 'mistakes', 'aria-labelledby': 'mistakes-title' }, [
    h('h3', { id: 'mistakes-title' }, words.title),
    h('p', null, result.worst.length > 0 ? words.hint : words.none),
    h(
      'ul',
      null,
      result.worst.map((mistake) =>
        h('li', { key: mistake.index }, [
          h(
            'button',
            {
              type: 'button',
              'aria-label': words.show(describe(mistake, images)),
              onClick: () => {
                large.value = { mistake, images };
              },
            },
            h(Picture, { images, index: mistake.index }),
          ),
          h('p', null, sentence(mistake, images)),
        ]),
      ),
    ),
    large.value?.images === images && h(Large, { ...large.value, close: () => (large.value = undefined) }),
  ]);
}

const nameOf = (label: number, images: LabelledImages) => className(images.classNames[label] ?? '');

function describe({ truth, said }: Mistake, images: LabelledImages): string {
  return text().train.mistakes.pair(nameOf(truth, images), nameOf(said, images));
}

function sentence(mistake: Mistake, images: LabelledImages) {
  const words = text().train.mistakes;
  const { percent } = format();
  return [
    h('strong', null, nameOf(mistake.truth, images)),
    ' ',
    words.said(nameOf(mistake.said, images), percent(mistake.certainty)),
  ];
}

function Picture({ images, index }: { images: LabelledImages; index: number }) {
  const bytes = imageBytes(images);
  const image = useMemo(
    () =>
      inputImage(
        images.pixels.subarray(index * bytes, (index + 1) * bytes),
        images.channels,
        images.height,
        images.width,
      ),
    [images, index],
  );
  return h(Canvas, { image, class: 'pixels' });
}

interface LargeProps {
  readonly mistake: Mistake;
  readonly images: LabelledImages;
  close(): void;
}

function Large({ mistake, images, close }: LargeProps) {
  const words = text().train.mistakes;
  const { percent, decimal } = format();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return h('dialog', { ref: dialog, class: 'large', 'aria-label': describe(mistake, images), onClose: close }, [
    h(Picture, { images, index: mistake.index }),
    h('p', null, sentence(mistake, images)),
    h('p', { class: 'hint' }, words.truth(percent(mistake.truthProbability, 1), decimal(mistake.loss, 2))),
    h('form', { method: 'dialog' }, h('button', { class: 'primary' }, words.close)),
  ]);
}
