// A pause in long work of the page's own, in which it draws and answers.

/** Resolves in a task of its own; timers would wait longer, up to a second where the page is not seen. */
export function yieldToMain(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
