// A request's body as bytes, in one allocation where its length is announced.
import type { IncomingMessage } from 'node:http';

/** Far above any network's state, and what an array can hold everywhere. */
export const MOST_BODY_BYTES = 2 ** 32 - 1;

/** @throws Error when the body is shorter or longer than announced, or longer than `most` bytes: nothing is allocated then. */
export async function readBody(request: IncomingMessage, most = MOST_BODY_BYTES): Promise<Uint8Array> {
  const header = request.headers['content-length'];
  if (header === undefined) return readChunks(request, most);
  const announced = Number(header);
  if (!(announced <= most)) throw new Error(`a body of ${announced} bytes; at most ${most} are read`);
  const body = new Uint8Array(announced);
  let offset = 0;
  for await (const chunk of request) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  if (offset !== body.byteLength) throw new Error(`a body of ${body.byteLength} bytes ended at ${offset}`);
  return body;
}

async function readChunks(request: IncomingMessage, most: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.byteLength;
    if (length > most) throw new Error(`a body of more than ${most} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
