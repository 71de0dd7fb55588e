// A Python module that rebuilds one network in plain torch.nn, under torchvision's names, and repeats a prediction: it loads the
// exported `.pth`, prepares an image file as this library does (Pillow's resize is ours, bit for bit) and prints the classes.
// It is made for one network, so that what it reads like is that network.

import type { InputSize, Preprocessing } from '../data/preprocess.ts';
import { batchNormEpsilon } from '../densenet/config.ts';
import type { DenseBlock, Network, StemLayer } from '../densenet/network.ts';
import { ConfigError } from '../runtime/errors.ts';
import type { ExportDetails } from './details.ts';

/**
 * `model.py`: `python3 model.py WEIGHTS.pth IMAGE` with PyTorch 1.13 or newer and Pillow; as a module it has `DenseNet`,
 * `prepare` and `NAMES`.
 * @throws ConfigError for a network whose input is neither grey nor RGB, or whose preprocessing is not known
 */
export function writeModelPy(network: Network, details: ExportDetails): string {
  const { config } = network;
  const { growthRate, blockLayers, inputChannels, classes } = config;
  if (!details.preprocessing)
    throw new ConfigError('preprocessing', undefined, 'is needed: mean and std of the pixels');
  if (inputChannels !== 1 && inputChannels !== 3)
    throw new ConfigError('inputChannels', inputChannels, 'must be 1 or 3, the channels of an image');
  const names = details.classNames ?? Array.from({ length: classes }, (_, label) => `class ${label}`);
  const { channels } = network.norm5;
  return `# DenseNet (growth rate ${growthRate}, blocks of ${blockLayers.join(', ')} layers) in PyTorch 1.13 or newer; written by densenet-webgpu.
# Classify an image file: python3 model.py WEIGHTS.pth IMAGE    (WEIGHTS.pth: densenet export FILE --to pth WEIGHTS.pth)
import sys
from collections import OrderedDict as Modules
import torch
from PIL import Image, ImageOps
from torch import nn

NAMES = ${JSON.stringify(names)}


def norm(channels):
    return nn.BatchNorm2d(channels, eps=${batchNormEpsilon(config)})


class Layer(nn.Sequential):
    def forward(self, x):
        return torch.cat([x, super().forward(x)], 1)


def layer(channels):
    return Layer(Modules(${layerModules(network)}))


def block(channels, layers):
    return nn.Sequential(Modules((f"denselayer{i + 1}", layer(channels + ${growthRate} * i)) for i in range(layers)))


def transition(channels, outputs):
    return nn.Sequential(Modules(norm=norm(channels), relu=nn.ReLU(), conv=nn.Conv2d(channels, outputs, 1, bias=False), pool=nn.AvgPool2d(2)))


class DenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(Modules(
            ${[...stemModules(network), ...network.blocks.flatMap(blockModules)].join(',\n            ')},
            norm5=norm(${channels}), relu5=nn.ReLU(), pool5=nn.AdaptiveAvgPool2d(1)))
        self.classifier = nn.Linear(${channels}, ${classes})

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def prepare(file):
${prepareLines(details.preprocessing)
  .map((line) => `    ${line}`)
  .join('\n')}


if __name__ == "__main__":
    weights, file = sys.argv[1:]
    state = torch.load(weights, weights_only=True)
    model = DenseNet().eval()
    model.load_state_dict(state.get("model", state))
    with torch.no_grad():
        probabilities = model(prepare(file))[0].${details.multiLabel ? 'sigmoid()' : 'softmax(0)'}
    for p, label in zip(*probabilities.topk(${Math.min(5, classes)})):
        print(f"{p.item():7.1%}  {NAMES[label]}")
`;
}

/** All dense layers of a network are alike. */
function layerModules({ config }: Network): string {
  const { growthRate, bottleneckWidth } = config;
  const convolution = (name: string, inputs: string | number) =>
    `${name}=nn.Conv2d(${inputs}, ${growthRate}, 3, padding=1, bias=False)`;
  const first = 'norm1=norm(channels), relu1=nn.ReLU(), ';
  if (bottleneckWidth === 0) return first + convolution('conv1', 'channels');
  const width = bottleneckWidth * growthRate;
  return (
    `${first}conv1=nn.Conv2d(channels, ${width}, 1, bias=False),\n` +
    `                         norm2=norm(${width}), relu2=nn.ReLU(), ${convolution('conv2', width)}`
  );
}

function stemModules({ stem }: Network): string[] {
  const modules = stem.layers.map(({ conv, norm }: StemLayer, i) => {
    const { inputs, outputs, size, stride } = conv;
    const convolution = `conv${i}=nn.Conv2d(${inputs}, ${outputs}, ${size}, ${stride}, ${size >> 1}, bias=False)`;
    return norm ? `${convolution}, norm${i}=norm(${outputs}), relu${i}=nn.ReLU()` : convolution;
  });
  return stem.norm ? [...modules, 'pool0=nn.MaxPool2d(3, 2, 1)'] : modules;
}

function blockModules({ inputs, layers, channels, transition }: DenseBlock, b: number): string {
  const block = `denseblock${b + 1}=block(${inputs}, ${layers.length})`;
  return transition ? `${block}, transition${b + 1}=transition(${channels}, ${transition.conv.outputs})` : block;
}

/** From a file to [1][C][H][W], normalised: `prepareImage` and `normalised` in Python. */
function prepareLines(preprocessing: Preprocessing): string[] {
  const { channels, mean, std } = preprocessing;
  const perChannel = (values: readonly number[]) => `torch.tensor([${values.join(', ')}])[:, None, None]`;
  return [
    `image = ImageOps.exif_transpose(Image.open(file)).convert("${channels === 1 ? 'L' : 'RGB'}")`,
    ...resizeLines(preprocessing),
    ...cropLines(preprocessing),
    `pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).view(image.height, image.width, ${channels})`,
    `return ((pixels.permute(2, 0, 1) / 255 - ${perChannel(mean)}) / ${perChannel(std)})[None]`,
  ];
}

/** As `axes` and `resizedSize` of data/preprocess.ts have it. */
function resizeLines({ height, width, resize, fit = 'crop', interpolation = 'bilinear' }: InputSize): string[] {
  const filter = `Image.${interpolation.toUpperCase()}`;
  const both = typeof resize === 'number' ? { width: resize, height: resize } : (resize ?? { width, height });
  const size = `(${both.width}, ${both.height})`;
  if (fit === 'none') return [];
  if (fit === 'squash') return [`image = image.resize(${size}, ${filter})`];
  if (fit === 'square') {
    return [
      'side = min(image.size)',
      'left, top = image.width // 2 - side // 2, image.height // 2 - side // 2',
      `image = image.crop((left, top, left + side, top + side)).resize((${width}, ${height}), ${filter})`,
    ];
  }
  if (fit === 'border' || typeof resize === 'object') {
    const which = fit === 'border' ? 'max' : 'min';
    return [
      `ratio = ${which}(image.width / ${both.width}, image.height / ${both.height})`,
      `image = image.resize((max(1, round(image.width / ratio)), max(1, round(image.height / ratio))), ${filter})`,
    ];
  }
  const [condition, side] =
    resize === undefined
      ? [`${width} * image.height >= ${height} * image.width`, { width, height }]
      : ['image.width <= image.height', both];
  return [
    `if ${condition}:`,
    `    size = ${side.width}, int(${side.width} * image.height / image.width)`,
    'else:',
    `    size = int(${side.height} * image.width / image.height), ${side.height}`,
    `image = image.resize(size, ${filter})`,
  ];
}

function cropLines({ channels, height, width, fill, fit, centre }: InputSize): string[] {
  if (fit === 'square') return [];
  const size = `(${width}, ${height})`;
  const isFloor = centre === 'floor';
  if (!fill) {
    const start = isFloor ? '(a - b) // 2' : 'round((a - b) / 2)';
    return [
      `left, top = (${start} for a, b in zip(image.size, ${size}))`,
      'assert left >= 0 and top >= 0, "the resized image is smaller than the crop"',
      `image = image.crop((left, top, left + ${width}, top + ${height}))`,
    ];
  }
  const colour = Array.from({ length: channels }, (_, c) => Math.trunc(fill[c] ?? 0));
  const place = isFloor ? '-((a - b) // 2)' : '-round((a - b) / 2) if a > b else (b - a) // 2';
  return [
    `canvas = Image.new(image.mode, ${size}, ${channels === 1 ? colour[0] : `(${colour.join(', ')})`})`,
    `canvas.paste(image, tuple(${place} for a, b in zip(image.size, canvas.size)))`,
    'image = canvas',
  ];
}
