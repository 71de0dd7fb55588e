// A request's body as bytes, in one allocation where its length is announced.
import type { IncomingMessage } from 'node:http';

/** @throws Error when the body is shorter or longer than announced. */
export async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const announced = request.headers['content-length'];
  if (announced === undefined) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    return new Uint8Array(Buffer.concat(chunks));
  }
  const body = new Uint8Array(Number(announced));
  let offset = 0;
  for await (const chunk of request) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  if (offset !== body.byteLength) throw new Error(`a body of ${body.byteLength} bytes ended at ${offset}`);
  return body;
}
