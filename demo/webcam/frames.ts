// Pictures out of a playing video: when there is a new one, and its middle, of a wanted shape.

/** The next picture is there. Where the browser does not tell of them, the next time the screen is drawn. */
export function nextFrame(video: HTMLVideoElement, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const done = () => {
      signal.removeEventListener('abort', stop);
      resolve();
    };
    if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback(done);
    else requestAnimationFrame(done);
  });
}

export interface Shape {
  readonly width: number;
  readonly height: number;
}

/** The video's middle part that has the shape's ratio. */
export function middleOf({ videoWidth, videoHeight }: HTMLVideoElement, { width, height }: Shape) {
  const scale = Math.min(videoWidth / width, videoHeight / height);
  const [w, h] = [width * scale, height * scale];
  return { x: (videoWidth - w) / 2, y: (videoHeight - h) / 2, width: w, height: h };
}

/** Draws the middle on canvases that are used again and again. */
export class FrameGrabber {
  private readonly canvas = document.createElement('canvas');
  private readonly context = this.canvas.getContext('2d', { willReadFrequently: true });

  /** The middle as pixels, no larger than twice the shape: the network's own resizing takes it from there. */
  pixels(video: HTMLVideoElement, shape: Shape): ImageData | undefined {
    const size = this.draw(video, shape, 2 * Math.max(shape.width, shape.height));
    return size && this.context?.getImageData(0, 0, size.width, size.height);
  }

  /** The middle as a JPEG, its longer side at most `side`. */
  async jpeg(video: HTMLVideoElement, shape: Shape, side: number): Promise<Blob | undefined> {
    if (!this.draw(video, shape, side)) return undefined;
    const made = await new Promise<Blob | null>((resolve) => this.canvas.toBlob(resolve, 'image/jpeg', 0.92));
    return made ?? undefined;
  }

  private draw(video: HTMLVideoElement, shape: Shape, side: number): Shape | undefined {
    const from = middleOf(video, shape);
    if (!this.context || from.width < 1 || from.height < 1) return undefined;
    const scale = Math.min(1, side / Math.max(from.width, from.height));
    const width = Math.max(1, Math.round(from.width * scale));
    const height = Math.max(1, Math.round(from.height * scale));
    this.canvas.width = width;
    this.canvas.height = height;
    this.context.imageSmoothingQuality = 'high';
    this.context.drawImage(video, from.x, from.y, from.width, from.height, 0, 0, width, height);
    return { width, height };
  }
}
