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
  // What was chosen last, though its picture may be on its way.
  const chosen = dicomWindow.value;
  const { centre, width } = typeof chosen === 'object' ? chosen : seen;
  const button = (window: WindowChoice, label: string) => (
    <button type="button" disabled={dicomWindow.value === window} onClick={() => choose(window)}>
      {label}
    </button>
  );
  return (
    <fieldset class="row">
      <legend>{strings.window}</legend>
      <NumberField label={strings.centre} value={centre} choose={(value) => choose({ centre: value, width })} />
      <NumberField label={strings.width} value={width} least={1} choose={(value) => choose({ centre, width: value })} />
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

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly least?: number;
  readonly choose: (value: number) => void;
}

type InputEvent = Event & { currentTarget: HTMLInputElement };

/** What is being typed stays when something else is shown meanwhile. */
function NumberField({ label, value, least, choose }: NumberFieldProps) {
  const draft = useSignal<string | undefined>(undefined);
  return (
    <label>
      {label}
      <input
        type="number"
        step="any"
        min={least}
        value={draft.value ?? value}
        onInput={({ currentTarget }: InputEvent) => {
          draft.value = currentTarget.value;
        }}
        onChange={({ currentTarget }: InputEvent) => {
          const typed = currentTarget.valueAsNumber;
          draft.value = undefined;
          if (Number.isFinite(typed) && (least === undefined || typed >= least)) choose(typed);
        }}
      />
    </label>
  );
}
