// Every text of the page in English, a top-level key an area. Functions take what is already formatted (format.ts), so
// that a text decides only on words and their order. ko.ts has the same keys; the compiler sees to it.

export const en = {
  page: {
    title: 'DenseNet on your GPU',
    lead: 'A densely connected network that recognises clothes, shows where it looks, and learns anew, all inside this page.',
    views: 'Views',
    view: { classify: 'Classify', train: 'Train', inside: 'Look inside', about: 'About' },
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
    lead: 'A network learns from images: forward, backward and update, all on your GPU. What you change below is worked out before anything is allocated.',
    data: 'What to learn from',
    network: 'The network',
    networkHint:
      'A DenseNet is a row of dense blocks. In a block each layer reads everything before it and adds a few feature maps (images of what it found) of its own. Between blocks a transition halves height and width.',
    networks: {
      tiny: 'Tiny: for software GPUs',
      small: 'Small: as the bundled network',
      compact: 'Compact: for photographs',
      own: 'My own',
    },
    stems: { cifar: '3×3: keeps the size', imagenet: '7×7: a quarter of the size' },
    colours: { colour: 'Colour', grey: 'Grey' },
    optimizers: { sgd: 'SGD with momentum', adamw: 'AdamW: adapts to each weight' },
    schedules: {
      cosine: 'Cosine: falls smoothly to 0',
      step: 'Steps: a tenth at half and at three quarters',
      constant: 'Constant',
    },
    starts: {
      scratch: { label: 'From scratch', hint: 'Its weights are drawn at random; it knows nothing yet.' },
      tune: {
        label: 'Fine-tune the network in use',
        hint: 'Starts from what the network in Classify has learned: fewer images and less time are enough. For other classes its last layer is made anew.',
      },
    },
    parts: {
      classifier: {
        label: 'The classifier only',
        hint: 'The last layer, which turns what was found into classes. Quick, and right for few images; everything else stays as it is.',
      },
      lastBlock: {
        label: 'The last dense block',
        hint: 'Also the block before it: what the network looks for at the end changes too.',
      },
      all: { label: 'All of it', hint: 'Every weight: for many images, or images unlike those it knows.' },
    },
    fields: {
      start: { label: 'Where the weights start', hint: '' },
      trainable: { label: 'What is trained', hint: '' },
      network: { label: 'Network', hint: 'Fills in the fields below; changing one makes it your own.' },
      growthRate: { label: 'Growth rate', hint: 'Feature maps that each layer adds.' },
      blocks: { label: 'Layers of each block', hint: 'One number a dense block, as 6, 12, 24, 16.' },
      bottleneckWidth: {
        label: 'Bottleneck',
        hint: 'A 1×1 convolution first squeezes all that came before into this many times the growth rate. 0: none.',
      },
      compression: { label: 'Compression', hint: 'The share of feature maps that a transition keeps.' },
      initialChannels: { label: 'First feature maps', hint: 'How many the first convolution makes.' },
      stem: {
        label: 'First convolution',
        hint: 'The 7×7 one is for large images: it leaves a quarter of height and width.',
      },
      dropout: {
        label: 'Dropout',
        hint: 'The share of values set to 0 at random while learning, against learning by heart.',
      },
      size: { label: 'Input size', hint: 'Height and width, in pixels, that images are resized to.' },
      colours: { label: 'Colours', hint: 'Grey has one channel, colour three.' },
      images: { label: 'Images', hint: 'How many to learn from; others are held out to test it.' },
      epochs: { label: 'Epochs', hint: 'How many times it sees every image.' },
      batch: { label: 'Batch', hint: 'Images that it looks at together before each change.' },
      learningRate: { label: 'Learning rate', hint: 'How far each change goes: too much and it never settles.' },
      optimizer: {
        label: 'Optimizer',
        hint: 'How a change follows from the gradient, the direction in which the loss rises.',
      },
      schedule: { label: 'Schedule', hint: 'How the learning rate falls during the run.' },
      warmup: { label: 'Warm-up', hint: 'Epochs in which the learning rate rises from almost 0.' },
      weightDecay: {
        label: 'Weight decay',
        hint: 'Pulls weights towards 0 a little at each step, which keeps the network simple.',
      },
      labelSmoothing: {
        label: 'Label smoothing',
        hint: 'The share of certainty that is spread over all classes: it need not be quite sure.',
      },
      shift: { label: 'Shift', hint: 'Moves each image at random by up to so many pixels.' },
      seed: { label: 'Seed', hint: 'Chooses all that is random: the same seed gives the same run.' },
      memory: {
        label: 'GPU memory at most, in GB',
        hint: 'No page learns how much a GPU has; what is above this is refused.',
      },
      mirror: { label: 'Mirror', hint: 'Half of the images are seen mirrored: left and right do not matter then.' },
      recompute: {
        label: 'Compute bottlenecks again',
        hint: 'Keeps less for the way back and computes it a second time: half of the memory, the same result.',
      },
      halves: {
        label: 'Half precision',
        hint: 'Feature maps take half of the memory; they are rounded to three digits.',
      },
    },
    problem: {
      whole: (label: string, least: string, most: string) => `${label}: a whole number from ${least} to ${most}.`,
      number: (label: string, least: string, most: string) => `${label}: a number from ${least} to ${most}.`,
      blocks: 'Layers of each block: one to eight whole numbers from 1 to 128, as 6, 12, 24, 16.',
      shrinks: (block: string) =>
        `The images have shrunk to nothing before block ${block}: fewer blocks, a larger input, or the 3×3 first convolution.`,
      keepsNothing: (transition: string) =>
        `Transition ${transition} would keep no feature map: raise the compression.`,
      inUse: {
        none: 'There is no network in use yet.',
        channels: 'The network in use takes images of other colours (grey or colour): it cannot go on with these.',
        size: 'These images are too small for the network in use.',
      },
    },
    seeProblems: 'Something above cannot be: the sentence beside it says what could.',
    recipe: 'How to train',
    more: 'More settings',
    planner: {
      title: 'What it would take',
      hint: 'Worked out from the plan; nothing of it is on the GPU yet.',
      asking: 'Working it out …',
      fits: (bytes: string) => `Fits: ${bytes} of GPU memory.`,
      tooMuch: (bytes: string, most: string) => `This needs ${bytes} of GPU memory; at most ${most} may be taken.`,
      pastLimit: 'This GPU cannot hold it in one piece.',
      statistics: 'A batch of one leaves a single value to take means of: batch norm needs two.',
      largestIs: (batch: string) => `The largest batch that would do is ${batch}.`,
      noBatch: 'Not even a batch of 1 would do: take a smaller growth rate, fewer layers, or smaller images.',
      useBatch: (batch: string) => `Use a batch of ${batch}`,
      useRecompute: (batch: string) => `Compute bottlenecks again, with a batch of ${batch}`,
      facts: {
        parameters: {
          label: 'Parameters',
          hint: 'The numbers that it learns.',
          some: (trained: string) => `${trained} of them are trained; the others stay as they are.`,
        },
        macs: {
          label: 'Multiply-adds an image',
          hint: 'One multiplication and one addition each; the way there only.',
        },
        passes: { label: 'Passes a step', hint: 'Programs that the GPU runs for each batch.' },
        time: { label: 'Time a step', hint: '' },
        whole: {
          label: 'Time in all',
          hint: (updates: string) => `For ${updates} steps, without the tests after each epoch.`,
        },
        largest: { label: 'Largest batch', hint: 'That fits this GPU and the memory above, up to 1,024.' },
      },
      rateFrom: {
        runs: 'Expected: from two runs of the network in use on this GPU, just now or earlier.',
        training: 'Expected: from the last training on this GPU.',
      },
      noRate: 'This GPU’s speed is not measured yet.',
      memory: (bytes: string) => `GPU memory: ${bytes}`,
      memoryList: 'GPU memory by purpose',
      groups: {
        features: { label: 'Feature maps', hint: ' kept for the way back' },
        gradients: { label: 'Gradients', hint: ' of maps and weights' },
        weights: { label: 'Weights', hint: ' and copies as the GPU wants them' },
        optimizer: { label: 'Optimizer', hint: ' what it remembers of each weight' },
        testing: { label: 'Testing', hint: ' the held-out images' },
        other: { label: 'Other', hint: ' work between two passes' },
      },
    },
    stop: 'Stop',
    start: 'Start training',
    readingImages: (done: string, of: string) => `Reading the images: ${done} of ${of} …`,
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
    downloadCurves: 'Download the curves (CSV)',
    downloadHint:
      'Tensors have torchvision’s names: PyTorch loads the file as it is. How it was trained is written in it (model_card).',
    epoch: 'Epoch',
    ofEpochs: (epoch: number, epochs: number) => `${epoch} of ${epochs}`,
    loss: 'Loss',
    accuracy: 'Accuracy',
    heldOut: 'Held out',
    rate: 'Images/s',
    lossCurve: (epochs: number) => `Loss over ${epochs} epochs`,
    accuracyCurve: (epochs: number) => `Accuracy over ${epochs} epochs`,
    rateCurve: (epochs: number) => `Learning rate over ${epochs} epochs`,
    speedCurve: (epochs: number) => `Images a second over ${epochs} epochs`,
    /** Follows the name of a curve. */
    now: (value: string) => `, now ${value}`,
    meanSoFar: 'mean of the epoch so far',
    trainingImages: 'training images',
    heldOutImages: 'held out',
    across:
      'Across: epochs. Loss: how wrong it is, and how sure of it; lower is better. Accuracy: the share it gets right. Held out: images that it does not learn from.',
    confusion: {
      title: (images: string, epoch: string) =>
        `What it takes for what: ${images} held-out images, after epoch ${epoch}`,
      hint: 'A row is what images are, a column what it said. On the diagonal it was right.',
      manyHint: 'The commonest confusions on held-out images.',
      show: 'Figures',
      counts: 'Counts',
      shares: 'Shares of the row',
      table: 'Confusion matrix',
      caption:
        'Rows: what the images are. Columns: what the network said. Last column: the share of the row that is right.',
      corner: 'is \\ said',
      right: 'right',
      truth: 'It is',
      said: 'It said',
    },
    mistakes: {
      title: 'Worst mistakes',
      hint: 'Held-out images that it gets wrong and is furthest from right about; choose one to see it large.',
      none: 'It made none.',
      pair: (truth: string, said: string) => `${truth}, taken for ${said}`,
      show: (pair: string) => `Show large: ${pair}`,
      said: (said: string, certainty: string) => `said ${said}, ${certainty} sure`,
      truth: (share: string, loss: string) => `It gave the right class ${share}; the loss is ${loss}.`,
      close: 'Close',
    },
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

  resume: {
    title: 'Go on where you were',
    lead: 'These trainings were not finished. Each goes on exactly where it was kept, as if it had never stopped.',
    what: (blocks: string, growthRate: number, images: string) =>
      `A network with dense blocks of ${blocks} layers and growth rate ${growthRate}, learning from ${images} images.`,
    place: (epoch: number, epochs: number, share: string, when: string) =>
      `It is in epoch ${epoch} of ${epochs}, ${share} through it (kept ${when}).`,
    goOn: 'Go on',
    download: 'Download its state',
    remove: 'Delete',
    takes: (bytes: string) => `${bytes} in this browser`,
    elsewhere: 'Another tab is training this one.',
    damaged: 'A run that cannot be read',
    pause: 'Pause',
    paused: 'Paused. It goes on from here whenever you like, also after this page was closed.',
    kept: (time: string) => `Kept in this browser at ${time}: if the page closes, the run goes on from there.`,
    unkept: 'This run is not kept: if the page closes it is gone.',
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

  inside: {
    title: 'Look inside',
    lead: 'A DenseNet, part by part: what each layer reads and writes, what it has learned, and how the network does without it. Every number here is of the network that is loaded now.',
    waiting: 'Reading the network …',
    sections: 'Sections of this view',
    parts: { block: 'One block', layer: 'One layer', reuse: 'Who uses what', lessons: 'Lessons' },
    picture: 'The picture',

    stem: 'Stem (first convolution)',
    cameIn: 'What came in',
    layer: (number: number) => `Layer ${number}`,
    transition: (number: number) => `Transition ${number}`,
    classifier: 'Classifier',
    channelRange: (first: string, last: string) => (first === last ? `channel ${first}` : `channels ${first}–${last}`),
    channels: (count: string) => `${count} channels`,

    block: {
      title: 'One block, one buffer',
      lead: 'A channel (or feature map) is one picture of numbers. A dense block keeps all its channels below each other in one buffer, a piece of GPU memory. Each layer reads every channel above its own and writes its own below: that is what “densely connected” means. Heights are to scale: twice as high is twice as many channels.',
      choose: 'Dense block',
      name: (number: number) => `Block ${number}`,
      size: (layers: string, map: string) => `${layers} layers, maps of ${map}`,
      buffer: 'Choose who reads: a layer, or what follows the block',
      follows: (channels: string) => `reads all ${channels} channels`,
      read: 'read',
      written: 'written',
      staircase: 'A bar a layer: how far down it reads. The dark piece is what it writes.',
      growth: (rate: string) =>
        `Growth rate ${rate}: each layer adds ${rate} channels. The network stays narrow because nobody has to repeat what is already there.`,
      reads: (who: string, range: string, shape: string, bytes: string) => `${who} reads ${range}: ${shape}, ${bytes}.`,
      writes: (range: string, shape: string, bytes: string) => `It writes ${range}: ${shape}, ${bytes}.`,
      begins: (range: string, shape: string, bytes: string) =>
        `It starts the block: it writes ${range}: ${shape}, ${bytes}.`,
      leaves: (range: string, shape: string) => `What it makes of them goes into the next block as ${range}: ${shape}.`,
      scores: (classes: string) => `What it makes of them are the ${classes} scores, one a class.`,
      prefix:
        'What it reads is the upper part of the buffer, in one piece. It is already put together: nothing is copied.',
    },

    copies: {
      title: 'What copying would have cost',
      lead: 'Putting maps side by side is called concatenation. The usual way copies them into new memory, again for every layer: the copies grow with the square of the number of layers. Here each channel is written once, where all later layers will read it.',
      batch: 'Images at a time (batch)',
      reader: (who: string, bytes: string) => `${who} alone would copy ${bytes}.`,
      nothing: (who: string) => `${who} reads one output only and would copy nothing.`,
      copying: 'With copying, this block',
      ours: 'Here, by the plan that runs',
      buffer: 'The one buffer',
      bars: 'What each reader would copy',
      square: (layers: string, channels: string, ratio: string) =>
        `${layers} readers would copy ${channels} channels in all: ${ratio} times the buffer itself. In training all those copies would have to stay until the backward pass.`,
    },

    inside: {
      title: (who: string) => `Inside: ${who}`,
      torch: (name: string) => `PyTorch’s torchvision calls it ${name}.`,
      maps: 'Feature maps',
      mapsLead:
        'What it wrote for the picture. Warm is above zero, cool below; each map has its own scale, and the number under it is its largest magnitude. Choose one to see the filter that made it.',
      mapsOf: 'Feature maps; choose one',
      map: (channel: string, least: string, mean: string, most: string) =>
        `channel ${channel}, from ${least} to ${most}, mean ${mean}`,
      noMaps: 'It writes no maps but one score a class.',
      more: (count: string) => `Show ${count} more`,
      filters: 'Filters',
      filtersLead:
        'A filter is the weights with which one channel is computed. Warm weights count for, cool ones against.',
      spatial: (size: number, channel: string, inputs: string) =>
        `${size}×${size} convolution: the filter of channel ${channel}, a small picture for each of the ${inputs} channels that it reads. A value of the map is the sum of a ${size}×${size} neighbourhood in all of them, each number times the weight in its place.`,
      filterOf: (channel: string, least: string, most: string) =>
        `weights for channel ${channel}, from ${least} to ${most}`,
      stemFilter: (size: number, channel: string) =>
        `${size}×${size} convolution of the picture: the filter of channel ${channel}.`,
      colourFilter: 'Its three colours together as one picture; grey is zero.',
      pointwise: (outputs: string, inputs: string) =>
        `1×1 convolution: a table of ${outputs} × ${inputs} weights. A row is a channel that it makes, a column one that it reads; the colours above the table say who wrote that channel.`,
      pointwiseLabel: (outputs: string, inputs: string, least: string, most: string) =>
        `Table of weights, ${outputs} rows, ${inputs} columns, from ${least} to ${most}`,
      classifierWeights: (outputs: string, inputs: string) =>
        `The classifier: a table of ${outputs} × ${inputs} weights. A row is a class, a column the mean of one channel; a class’s score is the sum of all channels’ means, each times its weight.`,
      norms: 'Batch norm',
      normLead:
        'Batch normalisation (batch norm) makes channels comparable: it subtracts a channel’s mean, divides by its deviation (how far values lie from the mean), multiplies by a learned scale and adds a learned shift. Mean and deviation were collected while training. ReLU follows: what is below zero becomes zero.',
      normFormula: 'y = max(0, scale × (x − mean) ÷ deviation + shift)',
      normOf: (name: string, channels: string) => `${name}: ${channels} channels`,
      normBefore: 'Ahead of its convolution, over all that it reads:',
      normMiddle: 'Between its two convolutions:',
      normStem: 'After its convolution:',
      channel: 'Channel',
      writer: 'Written by',
      mean: 'Mean',
      deviation: 'Deviation',
      scale: 'Scale',
      shift: 'Shift',
      passes: 'Lets through',
      above: (value: string) => `above ${value}`,
      below: (value: string) => `below ${value}`,
      constant: 'always the same',
      work: 'Work on the GPU',
      workLead:
        'A pass is one program that the GPU runs. FLOPs are its multiplications and additions, bytes what it reads and writes, by the plan; for one picture. Batch norm and ReLU need no pass of their own: they are done on the way, by whoever reads a channel.',
      pass: 'Pass',
      flops: 'FLOPs',
      bytes: 'Bytes',
      time: 'GPU time',
      timing: 'measuring …',
      noTimestamps:
        'There is no GPU time: this browser and GPU offer no timestamps (the WebGPU feature timestamp-query).',
      badTimestamps: (detail: string) => `There is no GPU time: its timestamps cannot be trusted (${detail}).`,
      all: 'Together',
      kernels: {
        'stem/forward': '7×7 convolution',
        'pool/forward': 'Batch norm, ReLU, 3×3 max pooling',
        'conv1x1/forward': '1×1 convolution',
        'conv3x3/forward': '3×3 convolution',
        'transition/pool': 'Batch norm, ReLU, 2×2 average pooling',
        'head/pool': 'Batch norm, ReLU, mean of each map',
        'head/linear': 'Classifier',
      },
    },

    reuse: {
      title: 'Who uses what',
      lead: 'How strongly each layer uses what earlier ones wrote: the mean magnitude of its weights for them (figure 5 of the paper: the L1 norm of a filter’s weights, averaged over filters and divided by the number of input maps). Dark is strong; each block has its own scale.',
      table: (block: string) => `Feature reuse in ${block}: rows read, columns were written`,
      readerHead: 'Who reads',
      cell: (reader: string, source: string, value: string) => `${reader} uses ${source}: ${value}`,
      off: 'switched off',
      numbers: 'Show the numbers',
      keys: 'Arrow keys move, Enter or Space switches a connection off and on; on a column’s head, everything that reads it.',
      strongest: (reader: string, source: string, value: string) =>
        `Strongest in this block: ${reader} uses ${source} (${value}).`,
      training: 'Of the network that is being trained, after its last epoch',
      loaded: 'Of the loaded network',
      whose: 'Whose weights',
      cutTitle: 'Switch connections off',
      cutLead:
        'Click cells of the table: a copy of the network gets zero for those weights and classifies images it never saw. The network itself stays as it is.',
      none: 'Nothing is switched off.',
      count: (count: string) => `${count} connections are switched off.`,
      one: '1 connection is switched off.',
      reset: 'Switch all on again',
      column: (source: string) => `everything that reads ${source}`,
      images: 'Images',
      before: 'Right as it is',
      after: 'Right without them',
      evaluating: (done: string, all: string) => `${done} of ${all} images …`,
      stop: 'Stop',
      again: 'Evaluate',
      picture:
        'The page has no labelled images for the classes of this network, so the current picture stands in: its likeliest class, and that class’s score (before it becomes a probability).',
      scored: (name: string, score: string) => `${name}: ${score}`,
      asItIs: 'As it is',
      without: 'Without them',
      other: (name: string) => `It takes the picture for something else now: ${name}.`,
      still: 'It still takes the picture for the same.',
      fell: (points: string) => `${points} percentage points fewer are right.`,
      same: 'As many are right as before.',
      rose: (points: string) => `${points} percentage points more are right.`,
    },

    lessons: {
      title: 'Lessons',
      lead: 'Change the numbers: everything is computed again at once.',
      row: (name: string, row: number, column: number) => `${name}, row ${row}, column ${column}`,
      addTitle: '1. Concatenation is not addition',
      addLead:
        'Two feature maps, A and B. A ResNet adds them, number by number. A DenseNet puts them one after the other: it concatenates them.',
      mapA: 'Map A',
      mapB: 'Map B',
      sum: 'Added: 1 channel',
      sumNote: 'The parts are gone: nobody can tell from the sum what A and B were.',
      joined: 'Concatenated: 2 channels',
      joinedNote: 'Both are still there, and a later layer may use either.',
      other: 'Other parts with the same sum',
      otherNote: (times: string) =>
        `Parts changed ${times} times: the sum never did. Whoever reads the sum could not notice; whoever reads the two channels does.`,
      mixNote:
        'And addition is not lost: a 1×1 convolution of the two channels with the weights 1 and 1 is the sum. With other weights it is something else, and that is learned.',
      weight: (name: string) => `Weight of ${name}`,
      mixed: 'Mixed by weights',
      squeezeTitle: '2. Bottleneck: a 1×1 convolution changes the number of channels',
      squeezeLead:
        'A 1×1 convolution looks at one pixel at a time, at all its channels. Each channel that it makes is a sum: every number times its weight. So 4 channels become 2.',
      pixel: 'One pixel, 4 channels',
      weights: 'Weights: 2 rows of 4',
      result: 'The same pixel, 2 channels',
      squeezeWhy: (inputs: string, squeezed: string, growth: string, direct: string, through: string) =>
        `Why: in the chosen layer, ${inputs} channels become ${squeezed} before the 3×3 convolution makes ${growth}. Directly it would take ${direct} weights; through the bottleneck it takes ${through}.`,
      squeezeNone:
        'The chosen layer of this network has no bottleneck: its one convolution reads all channels directly.',
      shrinkTitle: '3. Transition: fewer channels, smaller maps',
      shrinkLead:
        'Between two blocks a 1×1 convolution mixes channels into fewer, and 2×2 average pooling replaces each 2×2 square by its mean: half the height, half the width.',
      mapNamed: (name: string) => `Channel ${name}`,
      oneChannel: '1×1 convolution: 1 channel',
      pooled: '2×2 average pooling',
      sameOrder: 'Pooling first and mixing then gives the same numbers',
      orderNote:
        'The engine of this page uses that: it pools first, and the 1×1 convolution then has a quarter of the work.',
      shrinkHere: (channels: string, kept: string, from: string, to: string) =>
        `In this network the chosen block is followed by a transition from ${channels} channels of ${from} to ${kept} of ${to}.`,
      shrinkLast: 'The chosen block is the last one: no transition follows, but the classifier.',
      normTitle: '4. Batch norm and ReLU on a row of numbers',
      normLead:
        'First the mean is subtracted and the deviation divided out, so that values lie around 0. Then a learned scale and shift put them where the next layer can use them. ReLU cuts off what is below 0.',
      values: 'Values of one channel',
      value: (number: number) => `Value ${number}`,
      meanIs: (mean: string, deviation: string) => `Mean ${mean}, deviation ${deviation}`,
      normal: 'Normalised',
      scaled: 'Scaled and shifted',
      activated: 'After ReLU',
      cutOff: (count: string) => `${count} of the values are cut off to 0: a lower shift cuts more.`,
    },
  },
} as const;
