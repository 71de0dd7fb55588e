// npm's webgpu (Dawn) asks the GPU for news at every turn of Node's event loop while anything is awaited, as fast as the
// loop turns. On a software GPU that takes a processor from the GPU itself. Measured with webgpu 0.6.2 and SwiftShader
// on two busy cores, 25 training steps of a small network: 21.4 s of processor time and 93 s in all without this, 13.1
// and 45 with it, the results bit for bit the same. It may go when Dawn waits for its events instead of polling.

/** Rests for a millisecond at every turn of the event loop; keeps no process alive. */
export function throttleEventLoop(): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  const rest = () => {
    Atomics.wait(never, 0, 0, 1);
    setImmediate(rest).unref();
  };
  setImmediate(rest).unref();
}
