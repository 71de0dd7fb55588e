// The one place elsewhere that the page may load weights from, if whoever builds it says so: `MODEL_HUB=huggingface npm
// run build`. The build (vite.config.ts) then adds the hub's hosts to the Content-Security-Policy; without it the browser
// refuses them.

declare const BUILD_MODEL_HUB: boolean;

/** Whether this page may load weights from the hub. */
export const MODEL_HUB: boolean = typeof BUILD_MODEL_HUB !== 'undefined' && BUILD_MODEL_HUB;
