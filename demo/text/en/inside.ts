export const inside = {
  title: 'Look inside',
  lead: 'A DenseNet, part by part: what each layer reads and writes, what it has learned, and how the network does without it. Every number is that of the loaded network.',
  waiting: 'Reading the network …',
  sections: 'Sections of this view',
  parts: { block: 'One block', layer: 'One layer', reuse: 'Feature reuse', lessons: 'Lessons' },
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
    size: (layers: string, map: string) => `${layers} ${layers === '1' ? 'layer' : 'layers'}, maps of ${map}`,
    buffer: 'Choose who reads: a layer, or what follows the block',
    follows: (channels: string) => `reads all ${channels} channels`,
    read: 'read',
    written: 'written',
    staircase: 'One bar per layer: how far down it reads. The dark part is what it writes.',
    growth: (rate: string) =>
      `Growth rate ${rate}: each layer adds ${rate} channels. The network stays narrow because nobody has to repeat what is already there.`,
    reads: (who: string, range: string, shape: string, bytes: string) => `${who} reads ${range}: ${shape}, ${bytes}.`,
    writes: (range: string, shape: string, bytes: string) => `It writes ${range}: ${shape}, ${bytes}.`,
    begins: (range: string, shape: string, bytes: string) =>
      `It starts the block: it writes ${range}: ${shape}, ${bytes}.`,
    leaves: (range: string, shape: string) => `What it makes of them goes into the next block as ${range}: ${shape}.`,
    scores: (classes: string) => `What it makes of them are the ${classes} scores, one per class.`,
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
    inPlace: 'Here, by the plan that runs',
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
    noMaps: 'It writes no maps but one score per class.',
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
      'Batch normalisation (batch norm) makes channels comparable: it subtracts a channel’s mean, divides by its standard deviation (how far values lie from the mean), multiplies by a learned scale and adds a learned shift. Mean and standard deviation are running statistics from training. ReLU follows: what is below zero becomes zero.',
    normFormula: 'y = max(0, scale × (x − mean) ÷ std + shift)',
    normOf: (name: string, channels: string) => `${name}: ${channels} channels`,
    normBefore: 'Ahead of its convolution, over all that it reads:',
    normMiddle: 'Between its two convolutions:',
    normStem: 'After its convolution:',
    channel: 'Channel',
    writer: 'Written by',
    mean: 'Mean',
    std: 'Std. dev.',
    scale: 'Scale',
    shift: 'Shift',
    passes: 'Lets through',
    above: (value: string) => `above ${value}`,
    below: (value: string) => `below ${value}`,
    constant: 'always the same',
    work: 'Work on the GPU',
    workLead:
      'A pass is one program that the GPU runs. FLOPs are its multiplications and additions, bytes what it reads and writes, by the plan; for one picture. Batch norm and ReLU need no pass of their own: they are part of the pass that reads a channel.',
    pass: 'Pass',
    flops: 'FLOPs',
    bytes: 'Bytes',
    time: 'GPU time',
    timing: 'measuring …',
    noTimestamps:
      'There is no GPU time: this browser and GPU offer no timestamps (the WebGPU feature timestamp-query).',
    badTimestamps: (detail: string) => `There is no GPU time: the timestamps cannot be trusted (${detail}).`,
    all: 'Together',
    kernels: {
      'stem/forward': 'First convolution',
      'pool/forward': 'Batch norm, ReLU, 3×3 max pooling',
      'conv1x1/forward': '1×1 convolution',
      'conv3x3/forward': '3×3 convolution',
      'transition/pool': 'Batch norm, ReLU, 2×2 average pooling',
      'head/pool': 'Batch norm, ReLU, mean of each map',
      'head/linear': 'Classifier',
    },
  },

  reuse: {
    title: 'Feature reuse',
    lead: 'How strongly each layer uses what earlier ones wrote: the mean magnitude of its weights for them (figure 5 of the paper: the L1 norm of a filter’s weights, averaged over filters and divided by the number of input maps). The fuller the colour, the stronger; each block has its own scale. Columns: 0 is what came into the block, 1 what layer 1 wrote, and so on.',
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
    ablationTitle: 'Ablation: switch connections off',
    ablationLead:
      'Click cells of the table: in a copy of the network those weights are zero, and it classifies validation images. The network itself stays as it is.',
    none: 'Nothing is switched off.',
    count: (count: string) => `${count} connections are switched off.`,
    one: '1 connection is switched off.',
    reset: 'Switch all on again',
    column: (source: string) => `everything that reads ${source}`,
    images: 'Images',
    before: 'Accuracy as it is',
    after: 'Accuracy without them',
    evaluating: (done: string, all: string) => `${done} of ${all} images …`,
    stop: 'Stop',
    again: 'Evaluate',
    picture:
      'The page has no labelled images for the classes of this network, so the current picture stands in: its likeliest class, and that class’s score (before it becomes a probability).',
    scored: (name: string, score: string) => `${name}: ${score}`,
    asItIs: 'As it is',
    without: 'Without them',
    other: (name: string) => `Its prediction for the image has changed: ${name}.`,
    still: 'Its prediction for the image is the same.',
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
    bottleneckTitle: '2. Bottleneck: a 1×1 convolution changes the number of channels',
    bottleneckLead:
      'A 1×1 convolution looks at one pixel at a time, at all its channels. Each channel that it makes is a sum: every number times its weight. So 4 channels become 2.',
    pixel: 'One pixel, 4 channels',
    weights: 'Weights: 2 rows of 4',
    result: 'The same pixel, 2 channels',
    bottleneckWhy: (inputs: string, bottleneck: string, growth: string, direct: string, through: string) =>
      `Why: in the chosen layer, ${inputs} channels become ${bottleneck} before the 3×3 convolution makes ${growth}. Directly it would take ${direct} weights; through the bottleneck it takes ${through}.`,
    bottleneckNotYet: (inputs: string, bottleneck: string, growth: string, direct: string, through: string) =>
      `In the chosen layer, ${inputs} channels become ${bottleneck} before the 3×3 convolution makes ${growth}. That takes ${through} weights, and directly it would take ${direct}: with so few channels coming in, the bottleneck saves nothing yet. Choose a later layer.`,
    bottleneckNone:
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
      'First the mean is subtracted and the standard deviation divided out, so that values lie around 0. Then a learned scale and shift put them where the next layer can use them. ReLU cuts off what is below 0.',
    values: 'Values of one channel',
    value: (number: number) => `Value ${number}`,
    meanIs: (mean: string, std: string) => `Mean ${mean}, standard deviation ${std}`,
    normal: 'Normalised',
    scaled: 'Scaled and shifted',
    activated: 'After ReLU',
    clipped: (count: string) => `${count} of the values are cut off to 0: a lower shift cuts more.`,
  },
} as const;
