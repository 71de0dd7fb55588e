export const errors = {
  retry: 'Try again',
  bundled: 'Start with the bundled network',
  kinds: {
    oldBrowser: {
      title: 'This browser is too old for this page.',
      help: 'Update it: Chrome and Edge from version 113, Firefox from 141 and Safari from 26 have all that is needed.',
    },
    insecure: {
      title: 'This page needs WebGPU, which browsers give only to secure pages.',
      help: 'Open it over https, or from localhost on the machine that serves it.',
    },
    noWebGpu: { title: 'This page needs WebGPU, and this browser does not have it turned on.', help: '' },
    noAdapter: {
      title: 'This browser has WebGPU, but it found no GPU that it can use.',
      help: 'Update the graphics driver, and see that hardware acceleration is on in the browser’s settings.',
    },
    lost: {
      title: 'The GPU went away, and starting the engine again did not help.',
      help: 'A driver that was reset or updated, or a laptop that switched GPUs, does this. Try again in a moment; if that fails, restart the browser.',
    },
    limit: { title: 'This does not fit the GPU.', help: 'Choose something smaller.' },
    notFinite: {
      title: 'The training ran away: its loss is not a number any more.',
      help: 'Lower the learning rate. Nothing of it is kept or offered; a state from before, if there was one, is under “Go on where you were”.',
    },
    noNumber: {
      title: 'The network’s answer to this picture is not a number.',
      help: 'So no class is shown. The words below say whether the picture or the weights are to blame.',
    },
    config: { title: 'That cannot be.', help: 'Choose something else.' },
    data: { title: 'A file is not what it should be.', help: '' },
    state: { title: 'These weights do not fit the network.', help: '' },
    weights: {
      title: 'This file is no DenseNet that this page can compute.',
      help: 'Nothing has changed: the network before it is still in use.',
    },
    storage: { title: 'The browser’s storage did not do as asked.', help: '' },
    stopped: { title: 'The engine stopped.', help: 'Start it again.' },
    unknown: { title: 'Something went wrong that should not.', help: 'Reload the page.' },
  },
  turnOn: {
    firefox: 'Firefox: open about:config, set dom.webgpu.enabled to true, and restart it.',
    chrome:
      'Chrome: open chrome://flags, enable “Unsafe WebGPU Support”, and restart it. Versions before 113 have no WebGPU.',
    chromeLinux:
      'Chrome: open chrome://flags, enable “Unsafe WebGPU Support”, and “Vulkan” too, and restart it. Versions before 113 have no WebGPU.',
    edge: 'Edge: open edge://flags, enable “Unsafe WebGPU Support”, and restart it. Versions before 113 have no WebGPU.',
    edgeLinux:
      'Edge: open edge://flags, enable “Unsafe WebGPU Support”, and “Vulkan” too, and restart it. Versions before 113 have no WebGPU.',
    safari: 'Safari: WebGPU comes with version 26; update the system.',
    other: 'Current versions of Chrome, Edge, Firefox and Safari have WebGPU.',
  },
} as const;
