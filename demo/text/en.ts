// Every text of the page in English, a top-level key an area. Functions take what is already formatted (format.ts), so
// that a text decides only on words and their order. ko.ts has the same keys; the compiler sees to it.

export const en = {
  page: {
    title: 'DenseNet on your GPU',
    lead: 'A densely connected network that recognises clothes, shows where it looks, and learns anew, all inside this page.',
    views: 'Views',
    view: { classify: 'Classify', train: 'Train', about: 'About' },
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
      oldBrowser: {
        title: 'This browser is too old for this page.',
        advice:
          'Update it: Chrome and Edge from version 113, Firefox from 141 and Safari from 26 have all that is needed.',
      },
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

  selfTest: {
    title: 'Self-test of this GPU',
    lead: 'Drivers have bugs. This computes three small networks on your GPU, forward and backward, and compares every result with what PyTorch computed for them. On a GPU emulated by the processor it takes a minute or two.',
    start: 'Test this GPU',
    running: (network: string) => `Testing: ${network} …`,
    passed: 'All results agree with PyTorch’s: this GPU computes right.',
    distrusted: 'Results on this GPU are not to be trusted: it failed the self-test.',
    see: 'What failed, and test again',
    networks: {
      plain: 'a plain DenseNet',
      bottleneck: 'a DenseNet with bottlenecks (BC)',
      imagenet: 'a DenseNet for larger images',
    },
    columns: {
      group: 'What was compared',
      tensors: 'Tensors',
      error: 'Largest error',
      allowed: 'Allowed',
      times: 'PyTorch’s own error',
      verdict: 'Verdict',
    },
    explained:
      'Errors are relative: the length of the difference divided by the length of what PyTorch computed in double precision (the L2 norm). PyTorch’s own error is that of its single precision; the table says how many times that ours is.',
    groups: {
      'eval.logits': 'scores when classifying (logits)',
      'train.logits': 'scores while training (logits)',
      'train.loss': 'loss',
      'grad.input': 'gradient of the image',
      grad: 'gradients of the weights',
      running: 'running statistics of batch normalisation',
      'steps.loss': 'loss over three steps of training',
      after: 'weights after three steps of training',
    },
    times: (times: string) => `${times} times`,
    right: 'right',
    wrong: 'wrong',
    notANumber: 'not a number',
  },

  about: {
    what: {
      title: 'What this page is',
      text: 'A DenseNet is a neural network in which every layer of a block reads what all the layers before it made. This page runs one on your GPU through WebGPU: it classifies pictures, shows where in the picture the answer comes from, and learns from examples. The engine behind it, its shaders and its proofs against PyTorch are an open-source library, densenet-webgpu.',
    },
    privacy: {
      title: 'What leaves this machine: nothing',
      text: 'Pictures, weights and what is learned stay in this browser. The page’s security policy lets it talk only to the server that it came from, and it asks that server for nothing but its own files. No analytics, no fonts or scripts from elsewhere. After the first visit it opens without a network.',
      hub: 'As it was built, this page may also load weights from huggingface.co, and only when you ask for it.',
    },
    card: {
      title: 'The network that comes with it',
      architecture: 'Architecture',
      parameters: 'Parameters',
      learned: 'Learned from',
      accuracy: 'Accuracy',
      made: 'Made by',
      licence: 'Licence',
      limits: 'What it is for',
      shape: (layers: string, growthRate: number) =>
        `3x3 convolution at the start; dense blocks of ${layers} layers with bottlenecks; growth rate ${growthRate} (the channels that each layer adds)`,
      images: (images: string, epochs: number) =>
        `${images} pictures of the Fashion-MNIST sample, ${epochs} times each, 25 November 2026`,
      right: (share: string) => `${share} of 1,000 test images that it never saw`,
      licenceText: 'MIT, as the project; the images: Fashion-MNIST, Zalando Research, MIT',
      limitsText:
        'It shows a DenseNet at work. It knows ten kinds of clothes in grey pictures of 28 x 28 pixels and calls everything one of them. It is not meant for any decision.',
    },
    software: {
      title: 'Versions and licences',
      version: 'Version',
      commit: (commit: string) => `from commit ${commit}`,
      licence: 'This page and its engine: MIT licence. It contains Preact and its signals (MIT) and uPlot (MIT).',
    },
    links: {
      title: 'To read on',
      densenet: 'Densely Connected Convolutional Networks (Huang, Liu, van der Maaten, Weinberger, 2017)',
      cam: 'Learning Deep Features for Discriminative Localization (Zhou and others, 2016): class activation maps',
      fashion: 'Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017)',
      webgpu: 'WebGPU, the standard',
    },
  },
} as const;
