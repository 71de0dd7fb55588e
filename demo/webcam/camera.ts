// The visitor's camera: asked for, chosen, shown, stopped. One stream at a time; it ends when nobody shows it any more,
// so that the camera's light goes out.

import { type Signal, signal } from '@preact/signals';

export type CameraError =
  | 'denied'
  | 'none'
  /** Another program has it, or it failed. */
  | 'busy'
  /** Not https: browsers then have no camera to give. */
  | 'insecure'
  | 'ended';

export type CameraState =
  | { readonly kind: 'off' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'on'; readonly stream: MediaStream }
  | { readonly kind: 'failed'; readonly error: CameraError };

/** What is asked for; a camera that has less gives less. */
const WANTED = { width: { ideal: 640 }, height: { ideal: 480 } } as const;

export class Camera {
  readonly state: Signal<CameraState> = signal({ kind: 'off' });
  /** Known once one is on. */
  readonly cameras: Signal<readonly MediaDeviceInfo[]> = signal([]);
  readonly chosen: Signal<string | undefined> = signal();
  readonly mirrored = signal(true);
  private turn = 0;

  async start(deviceId: string | undefined = this.chosen.peek()): Promise<void> {
    this.stop();
    const turn = ++this.turn;
    const media = navigator.mediaDevices as MediaDevices | undefined;
    if (!media) return this.fail('insecure');
    this.state.value = { kind: 'asking' };
    try {
      const video = deviceId ? { ...WANTED, deviceId: { exact: deviceId } } : { ...WANTED, facingMode: 'user' };
      const stream = await media.getUserMedia({ video, audio: false });
      if (turn !== this.turn) return endStream(stream);
      const [track] = stream.getVideoTracks();
      track?.addEventListener('ended', () => {
        if (turn === this.turn) this.fail('ended');
      });
      this.chosen.value = track?.getSettings().deviceId ?? deviceId;
      this.state.value = { kind: 'on', stream };
      const devices = await media.enumerateDevices();
      this.cameras.value = devices.filter(({ kind }) => kind === 'videoinput');
    } catch (error) {
      if (turn === this.turn) this.fail(cameraErrorOf(error));
    }
  }

  stop(): void {
    this.turn++;
    const state = this.state.peek();
    if (state.kind === 'on') endStream(state.stream);
    this.state.value = { kind: 'off' };
  }

  private fail(error: CameraError): void {
    this.stop();
    this.state.value = { kind: 'failed', error };
  }
}

function endStream(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** getUserMedia's errors, by their names (W3C Media Capture and Streams, 10.2). */
function cameraErrorOf(error: unknown): CameraError {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none';
  return 'busy';
}
