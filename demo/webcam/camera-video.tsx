// A camera's live picture, cut to a shape, as in a mirror where that is wanted; and the choice of camera.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { text } from '../text/text.ts';
import type { Camera } from './camera.ts';
import type { Shape } from './frames.ts';

export interface CameraVideoProps {
  readonly camera: Camera;
  readonly stream: MediaStream;
  readonly label: string;
  readonly shape: Shape;
  /** Told the element that plays; undefined when it goes. */
  readonly onVideo: (video: HTMLVideoElement | undefined) => void;
  /** Over the picture, mirrored with it. */
  readonly children?: ComponentChildren;
}

export function CameraVideo({ camera, stream, label, shape, onVideo, children }: CameraVideoProps) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    video.srcObject = stream;
    // A stream that ends before it plays is told of as such.
    video.play().catch(() => undefined);
    onVideo(video);
    return () => {
      onVideo(undefined);
      video.srcObject = null;
    };
  }, [stream]);
  return (
    <div
      class={camera.mirrored.value ? 'picture camera mirrored' : 'picture camera'}
      style={{ aspectRatio: `${shape.width} / ${shape.height}` }}
    >
      <video ref={element} class="base" muted playsInline aria-label={label} />
      {children}
    </div>
  );
}

export function CameraChoice({ camera }: { camera: Camera }) {
  const strings = text().webcam;
  const cameras = camera.cameras.value;
  return (
    <div class="row">
      {cameras.length > 1 && (
        <label class="inline">
          {strings.camera}
          <select
            onChange={({ currentTarget }: Event & { currentTarget: HTMLSelectElement }) =>
              camera.start(currentTarget.value)
            }
          >
            {cameras.map(({ deviceId, label }, i) => (
              <option key={deviceId} value={deviceId} selected={deviceId === camera.chosen.value}>
                {label || strings.cameraNumber(i + 1)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={camera.mirrored.value}
          onChange={() => (camera.mirrored.value = !camera.mirrored.peek())}
        />
        {strings.mirror}
      </label>
    </div>
  );
}

/** Why there is no picture, or that the browser is asking. Nothing while it is on or off. */
export function CameraNote({ camera }: { camera: Camera }) {
  const state = camera.state.value;
  const strings = text().webcam;
  if (state.kind === 'asking')
    return (
      <p class="hint" role="status">
        {strings.asking}
      </p>
    );
  if (state.kind !== 'failed') return null;
  return (
    <p class="error-banner" role="alert">
      {strings.errors[state.error]}
    </p>
  );
}
