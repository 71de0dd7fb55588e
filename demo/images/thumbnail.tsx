// A small picture from encoded bytes. Its address is given back as soon as the picture is gone from the page.

import { useEffect, useRef } from 'preact/hooks';

/** Decoration: its name stands beside it. */
export function Thumbnail({ image }: { image: Uint8Array<ArrayBuffer> | Blob }) {
  const element = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const { current } = element;
    if (!current) return;
    const url = URL.createObjectURL(image instanceof Blob ? image : new Blob([image]));
    current.src = url;
    return () => URL.revokeObjectURL(url);
  }, [image]);
  return <img ref={element} class="thumbnail" alt="" decoding="async" />;
}
