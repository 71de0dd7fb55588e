// The picture with its heat map; of a DICOM file also the window that it is seen through, in numbers and by dragging on the picture as
// radiologists expect: across for the width, up and down for the centre.

import { useSignal } from '@preact/signals';

import type { WindowChoice } from '../../src/data/deep-image.ts';
import { HeatFigure } from '../classify/heat-figure.tsx';
import type { Shown } from '../classify/stage.ts';
import type { ImageInput } from '../images/image-input.ts';
import { text } from '../text/text.ts';
import { dicomWindow, type SeenFile, seenFile } from './dicom-window.ts';

/** Pixels of a drag that stand for the whole range of a file's values. */
const DRAG_RANGE = 400;

interface Drag {
  readonly x: number;
  readonly y: number;
  readonly from: { readonly centre: number; readonly width: number };
}

export function DicomFigure({ shown, images }: { shown: Shown | undefined; images: ImageInput }) {
  const drag = useSignal<Drag | undefined>(undefined);
  const picture = shown?.picture;
  const seen = seenFile(picture?.source);
  if (!picture || !seen?.isGrey) return <HeatFigure shown={shown} />;
  const choose = (window: WindowChoice) => {
    dicomWindow.value = window;
    void images.again(picture);
  };
  const moved = ({ clientX, clientY }: PointerEvent, { x, y, from }: Drag) => {
    const scale = Math.max(1, seen.most - seen.least) / DRAG_RANGE;
    return {
      centre: Math.round(from.centre + (clientY - y) * scale),
      width: Math.max(1, Math.round(from.width + (clientX - x) * scale)),
    };
  };
  return (
    <div>
      <div
        style={{ touchAction: 'none', cursor: 'crosshair' }}
        onPointerDown={(event: PointerEvent & { currentTarget: Element }) => {
          if (!(event.target instanceof Element) || !event.target.closest('.picture')) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.value = { x: event.clientX, y: event.clientY, from: seen };
        }}
        onPointerUp={(event: PointerEvent) => {
          const begun = drag.peek();
          drag.value = undefined;
          const isMoved = begun && Math.hypot(event.clientX - begun.x, event.clientY - begun.y) > 3;
          if (begun && isMoved) choose(moved(event, begun));
        }}
        onPointerCancel={() => {
          drag.value = undefined;
        }}
      >
        <HeatFigure shown={shown} />
      </div>
      <WindowLine seen={seen} choose={choose} />
    </div>
  );
}

function WindowLine({ seen, choose }: { seen: SeenFile; choose: (window: WindowChoice) => void }) {
  const strings = text().dicom;
  const { centre, width } = seen;
  const field = (name: 'centre' | 'width', label: string) => (
    <label>
      {label}
      <input
        type="number"
        step="any"
        min={name === 'width' ? 1 : undefined}
        value={seen[name]}
        onChange={({ currentTarget }: Event & { currentTarget: HTMLInputElement }) => {
          const value = currentTarget.valueAsNumber;
          if (Number.isFinite(value) && (name === 'centre' || value >= 1)) choose({ centre, width, [name]: value });
        }}
      />
    </label>
  );
  const button = (window: WindowChoice, label: string) => (
    <button type="button" disabled={dicomWindow.value === window} onClick={() => choose(window)}>
      {label}
    </button>
  );
  return (
    <fieldset class="row">
      <legend>{strings.window}</legend>
      {field('centre', strings.centre)}
      {field('width', strings.width)}
      {button('range', strings.range)}
      {seen.hasOwn && button('file', strings.own)}
      <p class="hint">
        {strings.hint}
        {seen.frames > 1 && ` ${strings.frames(seen.frames)}`}
        {` ${strings.notForDiagnosis}`}
      </p>
    </fieldset>
  );
}
