// A file that the page made, for the visitor to keep.

/** How long a download has to begin before its address is given back, in milliseconds. */
const BEGIN_WITHIN = 60_000;

export function download(name: string, content: Uint8Array<ArrayBuffer> | Blob): void {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The click has only begun the download.
  setTimeout(() => URL.revokeObjectURL(url), BEGIN_WITHIN);
}
