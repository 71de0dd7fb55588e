// Every text of the page in English, a top-level key an area. Functions take what is already formatted (format.ts), so
// that a text decides only on words and their order. ko.ts has the same keys; the compiler sees to it.

export const en = {
  page: {
    title: 'DenseNet on your GPU',
    lead: 'A densely connected network that recognises clothes, shows where it looks, and learns anew, all inside this page.',
    views: 'Views',
    view: { classify: 'Classify', train: 'Train' },
    noView: (asked: string) => `This page has no view called “${asked}”; this is the first one.`,
    noModel: (asked: string) => `This page has no network called “${asked}”; it uses the one that comes with it.`,
    language: 'Language',
    theme: 'Colours',
    themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    starting: 'Starting the engine …',
    noEngine: 'No engine',
    computesOn: (gpu: string) => `Computes on ${gpu}.`,
    softwareGpu: 'It runs on the processor: right, but many times slower than a GPU.',
    nothingLeaves: 'Nothing leaves this machine: the page may talk only to where it came from.',
    sources:
      'Images: Fashion-MNIST by Zalando Research, MIT licence. Network: Huang et al., “Densely Connected Convolutional Networks”, 2017.',
  },

  trouble: {
    retry: 'Try again',
    kinds: {
      insecure: {
        title: 'This page needs WebGPU, which browsers give only to secure pages.',
        advice: 'Open it over https, or from localhost on the machine that serves it.',
      },
      noWebGpu: { title: 'This page needs WebGPU, and this browser does not have it turned on.', advice: '' },
      noAdapter: {
        title: 'This browser has WebGPU, but it found no GPU that it can use.',
        advice: 'Update the graphics driver, and see that hardware acceleration is on in the browser’s settings.',
      },
      lost: {
        title: 'The GPU went away while this page was using it.',
        advice:
          'A driver that was reset or updated, or a laptop that switched GPUs, does this. Start the engine again.',
      },
      limit: { title: 'This does not fit the GPU.', advice: 'Choose something smaller.' },
      notFinite: {
        title: 'The training ran away: its loss is not a number any more.',
        advice: 'Lower the learning rate.',
      },
      config: { title: 'That cannot be.', advice: 'Choose something else.' },
      data: { title: 'A file is not what it should be.', advice: '' },
      state: { title: 'These weights do not fit the network.', advice: '' },
      stopped: { title: 'The engine stopped.', advice: 'Start it again.' },
      unknown: { title: 'Something went wrong that should not.', advice: 'Reload the page.' },
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
  },

  /** Classes of the bundled networks, by the name that their files say. */
  classes: {
    'T-shirt/top': 'T-shirt/top',
    Trouser: 'Trouser',
    Pullover: 'Pullover',
    Dress: 'Dress',
    Coat: 'Coat',
    Sandal: 'Sandal',
    Shirt: 'Shirt',
    Sneaker: 'Sneaker',
    Bag: 'Bag',
    'Ankle boot': 'Ankle boot',
  },

  classify: {
    title: 'Classify',
    working: 'Compiling the shaders, then classifying this sample …',
    right: 'right',
    wrong: (truth: string) => `wrong, it is: ${truth}`,
    likeliest: 'Likeliest classes; choose one to see its map',
    picture: (name: string) => `The picture (${name}) with the heat map of the chosen class`,
    seen: 'What the network sees',
    heatMap: 'Heat map',
    /** Warm … cool …: the words between are in the colours that they name. */
    warm: 'Warm',
    raises: ' raises the chosen class’s score, ',
    cool: 'cool',
    lowers: ' lowers it. The map shows where the evidence lies, not why it counts.',
    samples: 'Sample images',
    sample: (number: number) => `sample ${number}`,
    others: 'Others',
    choose: 'Choose an image …',
    drop: 'or drop one anywhere on this panel: one piece of clothing on a plain ground.',
    swap: 'Swap light and dark (the network knows light things on black)',
    times: (prediction: string, maps: string) => `Prediction ${prediction}, reading the maps ${maps}.`,
  },

  network: {
    bundled: 'The bundled network:',
    own: 'Your network:',
    shape: (parameters: string, layers: string, growthRate: number) =>
      `${parameters} parameters, blocks of ${layers} layers, growth rate ${growthRate}.`,
    learned: (images: string, epochs: number, right: string) =>
      `It learned from ${images} images in ${epochs} epochs and is right on ${right} of images it never saw.`,
    learnedUntilStopped: (images: string, right: string) =>
      `It learned from ${images} images until it was stopped and is right on ${right} of images it never saw.`,
    back: 'Back to the bundled network',
  },

  train: {
    title: 'Train',
    lead: 'A fresh network of the same shape, its weights drawn at random, learns from the sample: forward, backward and update, all on your GPU.',
    images: 'Images',
    epochs: 'Epochs',
    learningRate: 'Learning rate',
    stop: 'Stop',
    start: 'Start training',
    preparing: { images: 'Loading the images …', shaders: 'Compiling the shaders …' },
    running: 'Training …',
    stopping: 'Stopping after this step …',
    stopped: 'Stopped. What it learned so far is kept.',
    done: 'Done.',
    progress: 'Training progress',
    updates: (updates: string, time: string) => `${updates} updates in ${time}.`,
    heldOutRight: (right: string) => `It is right on ${right} of images it never saw.`,
    use: 'Classify with it',
    download: 'Download it (safetensors)',
    epoch: 'Epoch',
    ofEpochs: (epoch: number, epochs: number) => `${epoch} of ${epochs}`,
    loss: 'Loss',
    accuracy: 'Accuracy',
    heldOut: 'Held out',
    rate: 'Images/s',
    lossCurve: (epochs: number) => `Loss over ${epochs} epochs`,
    accuracyCurve: (epochs: number) => `Accuracy over ${epochs} epochs`,
    /** Follows the name of a curve. */
    now: (value: string) => `, now ${value}`,
    meanSoFar: 'mean of the epoch so far',
    trainingImages: 'training images',
    heldOutImages: 'held out',
    across: 'Across: epochs. Held out: test images that it does not learn from.',
  },
} as const;
