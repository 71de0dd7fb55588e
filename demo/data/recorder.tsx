// The button that records examples of a class for as long as it is held, with the pointer or with a key.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { text } from '../text/text.ts';
import { FrameGrabber } from '../webcam/frames.ts';
import type { OwnImages } from './own-images.ts';

/** Between two pictures, in milliseconds: neighbours should differ at least a little. */
const EVERY = 125;
/** Longest side: enough for any network that learns in a page. */
const SIDE = 320;
const SQUARE = { width: 1, height: 1 } as const;

export interface RecorderProps {
  readonly own: OwnImages;
  /** Of the class. */
  readonly id: number;
  readonly name: string;
  readonly video: HTMLVideoElement;
  readonly disabled: boolean;
}

export function Recorder({ own, id, name, video, disabled }: RecorderProps) {
  const strings = text().data.card;
  const recording = useSignal(false);
  const grabber = useRef<FrameGrabber | undefined>(undefined);
  useEffect(() => {
    if (!recording.value) return;
    let ended = false;
    // Let go at once, even of a picture that is being made: before this effect is told.
    const isPressed = () => !ended && recording.peek();
    const take = async () => {
      while (isPressed()) {
        grabber.current ??= new FrameGrabber();
        const picture = await grabber.current.jpeg(video, SQUARE, SIDE);
        if (picture && isPressed()) own.record(id, picture, timeOfDay());
        await new Promise((resolve) => setTimeout(resolve, EVERY));
      }
    };
    take();
    return () => {
      ended = true;
    };
  }, [recording.value, video]);
  const start = () => {
    if (!disabled) recording.value = true;
  };
  const stop = () => {
    recording.value = false;
  };
  const isTrigger = ({ key }: KeyboardEvent) => key === ' ' || key === 'Enter';
  return (
    <button
      type="button"
      class={recording.value ? 'primary record recording' : 'primary record'}
      disabled={disabled}
      aria-label={strings.record(name)}
      aria-pressed={recording.value}
      onPointerDown={(event: PointerEvent & { currentTarget: HTMLElement }) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start();
      }}
      onPointerUp={stop}
      onPointerCancel={stop}
      onBlur={stop}
      onKeyDown={(event: KeyboardEvent) => {
        if (!isTrigger(event) || event.repeat) return;
        event.preventDefault();
        start();
      }}
      onKeyUp={(event: KeyboardEvent) => isTrigger(event) && stop()}
      onContextMenu={(event: Event) => event.preventDefault()}
    >
      {recording.value ? strings.recording : strings.hold}
    </button>
  );
}

/** To a hundredth of a second: each picture is told from the one before. */
const timeOfDay = () => new Date().toISOString().slice(11, 22);
