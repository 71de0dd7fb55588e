// SHA-256 by the web's own digest, which all hosts have.

// That it is of the web's own library, the core's types do not know.
declare const crypto: {
  readonly subtle: { digest(name: 'SHA-256', bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> };
};

/** In hexadecimal. It works beside the script: a hundred megabytes would stop a worker for a second. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // The digest takes no shared memory, and no host gives any.
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return hexadecimal(new Uint8Array(digest));
}

export const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
