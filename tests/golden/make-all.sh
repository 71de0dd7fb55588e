#!/bin/sh
# Makes the golden files beside this script again, each named for why it exists. Needs PyTorch, torchvision and NumPy
# (Debian: python3-torch, python3-torchvision). Another version of PyTorch may round, and so write, a little differently.
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-/usr/bin/python3}

make() {
  name=$1 config=$2
  shift 2
  "$python" make_golden.py "$name.safetensors" --config "$config" "$@"
}

# Seeds are chosen so that no pre-activation lies next to ReLU's corner, where PyTorch's own float32 error, and so what is
# allowed, grows a thousandfold.

# The paper's plain network: no bottleneck, no compression, 16 channels after the stem.
make plain-paper '{"growth": 12, "init": 16, "blocks": [3, 3, 3], "bottleneck": 0, "compression": 1, "batch": 2,
  "seed": 11}'
# Growth below a tile's four channels, one image, one input channel, an odd map that is not square.
make plain-narrow-one-image '{"growth": 3, "init": 5, "blocks": [2, 3], "bottleneck": 0, "compression": 0.9, "channels": 1,
  "batch": 1, "size": 13, "width": 9, "classes": 4, "seed": 1}'
# Bottlenecks and compression, four input channels, smoothing, and clipping that bites.
make bc-smoothing-clipped '{"growth": 12, "blocks": [2, 2, 2], "channels": 4, "batch": 9, "size": 15, "width": 10,
  "label_smoothing": 0.1, "clip": 0.3, "seed": 2}'
# Nothing is a multiple of four: growth, bottleneck, channels kept, columns.
make bc-nothing-aligned '{"growth": 5, "init": 7, "blocks": [3, 2, 2], "bottleneck": 3, "compression": 0.3, "channels": 1,
  "batch": 7, "size": 11, "width": 6, "classes": 3, "nesterov": false, "seed": 3}'
# The widest growth of the paper's tables, and two input channels.
make bc-wide-growth '{"growth": 48, "init": 20, "blocks": [1, 1], "bottleneck": 1, "channels": 2, "batch": 3, "size": 8,
  "steps": 2, "seed": 4}'
# A block of many layers: gradients of its first channels have many readers.
make bc-many-readers '{"growth": 4, "init": 8, "blocks": [12], "batch": 4, "size": 9, "width": 12, "seed": 5}'
# The last block's maps are single pixels: the batch alone is what batch statistics are over.
make bc-single-pixels '{"growth": 6, "blocks": [1, 1, 1], "batch": 8, "size": 4, "momentum": 0, "nesterov": false,
  "weight_decay": 0, "seed": 6}'
# The ImageNet stem on odd sizes, where its convolution and its pooling both round up.
make imagenet-odd '{"stem": "imagenet", "growth": 8, "init": 12, "blocks": [2, 2], "batch": 3, "size": 37, "width": 51,
  "classes": 6, "seed": 7}'
# Several labels an image, AdamW, plain layers behind the ImageNet stem.
make imagenet-multilabel-adamw '{"stem": "imagenet", "growth": 10, "init": 16, "blocks": [2, 3], "bottleneck": 0,
  "compression": 0.7, "channels": 1, "batch": 5, "size": 40, "width": 28, "classes": 7, "loss": "bce",
  "optimizer": "adamw", "lr": 0.01, "eps": 1e-4, "weight_decay": 0.05, "clip": 0.5, "seed": 8}'
# timm's deep stem on odd sizes, where it rounds up twice; several labels an image.
make deep-odd '{"stem": "deep", "growth": 7, "init": 10, "blocks": [2, 2], "bottleneck": 2, "channels": 4, "batch": 3,
  "size": 37, "width": 29, "classes": 5, "loss": "bce", "seed": 5}'
# Lion, whose steps are signs: where a gradient is next to nothing, rounding would decide.
make bc-lion '{"growth": 4, "init": 6, "blocks": [2, 1], "bottleneck": 2, "batch": 4, "size": 8, "width": 7, "classes": 3,
  "optimizer": "lion", "betas": [0.9, 0.99], "lr": 0.003, "weight_decay": 0.1, "clip": 0.8, "seed": 4}'
# RMSprop, centered and with momentum; the head learns faster, earlier parts slower, norms and biases do not decay, and a layer
# is frozen; its batch norms go on with their statistics. Class weights with smoothing.
make bc-rmsprop-groups '{"growth": 4, "init": 6, "blocks": [2, 1], "bottleneck": 2, "batch": 4, "size": 8, "width": 7,
  "classes": 3, "optimizer": "rmsprop", "momentum": 0.9, "alpha": 0.9, "centered": true, "eps": 1e-3, "lr": 0.001,
  "weight_decay": 0.05, "clip": 0.8, "decay_norms": false, "head_lr": 4, "layer_decay": 0.75,
  "freeze": ["features.denseblock1.denselayer2.*"], "class_weights": [0.5, 2, 1], "label_smoothing": 0.1, "seed": 6}'
# LAMB, whose steps are scaled per tensor; focal loss with class weights.
make plain-lamb-focal '{"growth": 5, "init": 7, "blocks": [2, 2], "bottleneck": 0, "compression": 0.7, "batch": 4, "size": 9,
  "width": 8, "classes": 5, "optimizer": "lamb", "eps": 1e-6, "lr": 0.01, "weight_decay": 0.05, "loss": "focal",
  "class_weights": [1, 2, 0.25, 1, 3], "seed": 3}'
# Several labels per image, some of them missing, with positive weights; and torchvision's focal loss.
make bc-positive-weights '{"growth": 4, "init": 6, "blocks": [1, 1], "bottleneck": 2, "batch": 5, "size": 6, "classes": 4,
  "loss": "bce", "pos_weight": [3, 0.5, 1, 8], "missing": 0.2, "steps": 2, "seed": 2}'
make bc-sigmoid-focal '{"growth": 4, "init": 6, "blocks": [1, 1], "bottleneck": 2, "batch": 5, "size": 6, "classes": 4,
  "loss": "sigmoid-focal", "focal_gamma": 1.5, "focal_alpha": 0.75, "missing": 0.2, "optimizer": "rmsprop", "momentum": 0,
  "eps": 1e-3, "lr": 0.002, "steps": 2, "seed": 1}'
# Batch norms that add more to the variance than PyTorch's default, so much that the default fails; and Keras's epsilon.
make norm-epsilon-large '{"stem": "imagenet", "growth": 4, "init": 6, "blocks": [1, 2], "batch": 3, "size": 17, "width": 22,
  "classes": 3, "bn_eps": 0.05, "seed": 1}'
make norm-epsilon-keras '{"growth": 4, "init": 6, "blocks": [2, 1], "bottleneck": 0, "batch": 3, "size": 7, "width": 9,
  "classes": 3, "bn_eps": 1.001e-5, "seed": 1}'
# Gradients that are right at 64x64 can be wrong at 224x224, with a perfect loss.
make imagenet-224 '{"stem": "imagenet", "growth": 4, "init": 8, "blocks": [2, 2, 2, 2], "batch": 2, "size": 224,
  "steps": 1, "seed": 9}'
# The loss curve of twenty steps.
make twenty-steps '{"growth": 6, "init": 8, "blocks": [2, 2], "batch": 9, "size": 8, "steps": 20, "lr": 0.05, "seed": 10}'
# Features stored as halves: both of the paper's stems, both kinds of layer, odd maps, where two invocations share a word.
make halves-imagenet-odd '{"stem": "imagenet", "growth": 8, "init": 12, "blocks": [2, 2], "batch": 3, "size": 37,
  "width": 51, "classes": 6, "precision": "f16-storage", "seed": 3}'
make halves-plain-odd '{"growth": 5, "init": 7, "blocks": [2, 2], "bottleneck": 0, "compression": 0.7, "batch": 3,
  "size": 9, "width": 11, "classes": 4, "precision": "f16-storage", "seed": 1}'

# NaN of both signs and infinities, in images and in weights: what stays a number, and what does not. Running statistics
# that are infinite matter in evaluation alone.
make not-finite-images '{"growth": 4, "init": 6, "blocks": [2, 1], "bottleneck": 2, "channels": 1, "batch": 4, "size": 6,
  "classes": 3, "steps": 1, "seed": 2}' --put 'input[44]=-nan' --put 'input[90]=inf' --put 'input[143]=-inf'
make not-finite-max-pool '{"stem": "imagenet", "growth": 3, "init": 5, "blocks": [1, 1], "bottleneck": 0, "channels": 2,
  "batch": 3, "size": 20, "width": 17, "classes": 3, "loss": "bce", "steps": 1, "seed": 4}' --put 'input[700]=nan' \
  --put 'input[701]=-nan' --put 'input[1500]=inf'
make not-finite-weights '{"growth": 4, "init": 6, "blocks": [2, 1], "bottleneck": 2, "channels": 1, "batch": 3, "size": 6,
  "classes": 4, "steps": 1, "seed": 5}' --put 'param.classifier.weight[16]=-nan' --put 'param.classifier.bias[0]=inf' \
  --put 'param.features.denseblock1.denselayer2.norm1.running_var[1]=inf' \
  --put 'param.features.transition1.norm.running_mean[2]=inf'

# Paper-sized maps and growth, for the tiles that small maps never use: what the benchmark holds a GPU against before it
# times one. A layer a map is enough for that. The smallest maps, the input's gradient and convolutions after the steps are
# other files' business.
small='^(grad\.input|after\.(?!.*norm))'
make paper-maps-imagenet '{"stem": "imagenet", "growth": 32, "init": 64, "blocks": [1, 1, 1], "batch": 1, "size": 224,
  "steps": 2, "lr": 0.01, "seed": 12}' --half --leave-out "$small"
make paper-maps-deep '{"stem": "deep", "growth": 32, "init": 64, "blocks": [1, 1, 1], "batch": 1, "size": 224,
  "steps": 2, "lr": 0.01, "seed": 5}' --half --leave-out "$small"
make paper-maps-bottleneck '{"growth": 12, "init": 24, "blocks": [1, 1, 1], "batch": 1, "steps": 2, "lr": 0.01,
  "seed": 12}' --half --leave-out "$small"
make paper-maps-plain '{"growth": 12, "init": 120, "blocks": [1, 1, 1], "bottleneck": 0, "compression": 1, "batch": 1,
  "steps": 2, "lr": 0.01, "seed": 12}' --half --leave-out "$small"

# Fine-tuning: both stems, both kinds of layer and both optimizers, maps and growth that nothing is a multiple of.
tune() {
  name=$1 part=$2 config=$3
  "$python" make_fine_tuning.py "fine-tuning/$name.safetensors" "$part" --config "$config"
}
tune last-block last-block '{"growth": 5, "init": 7, "blocks": [1, 2, 2], "bottleneck": 3, "compression": 0.6, "batch": 5,
  "size": 11, "width": 10, "classes": 3, "weight_decay": 0.01, "clip": 0.5, "seed": 3}'
tune stem-alone-frozen from-block-1 '{"stem": "imagenet", "growth": 6, "init": 8, "blocks": [2, 1], "bottleneck": 2,
  "channels": 1, "batch": 3, "size": 23, "width": 17, "classes": 4, "optimizer": "adamw", "lr": 0.01, "eps": 1e-4,
  "weight_decay": 0.05, "seed": 2}'
tune classifier classifier '{"growth": 4, "blocks": [2, 2], "bottleneck": 0, "compression": 0.7, "batch": 3, "size": 9,
  "classes": 5, "weight_decay": 0.01, "steps": 5, "seed": 1}'

# Explanations, in evaluation mode: both stems, both kinds of layer, maps that are odd and not square.
explain() {
  "$python" make_explanations.py "explanations/$1.safetensors" --config "$2"
}
explain bc-imagenet '{"stem": "imagenet", "growth": 5, "init": 6, "blocks": [2, 3], "bottleneck": 3, "batch": 2, "size": 37,
  "width": 51, "classes": 5, "seed": 3}'
explain plain-cifar '{"growth": 4, "init": 7, "blocks": [2, 3, 1], "bottleneck": 0, "compression": 0.7, "channels": 1,
  "batch": 3, "size": 13, "width": 9, "classes": 4, "seed": 1}'
explain bc-cifar '{"growth": 6, "init": 8, "blocks": [3, 2], "compression": 0.5, "batch": 2, "size": 11, "width": 14,
  "classes": 7, "seed": 2}'
explain plain-imagenet '{"stem": "imagenet", "growth": 4, "init": 5, "blocks": [1, 2], "bottleneck": 0, "channels": 2,
  "batch": 1, "size": 26, "width": 33, "classes": 3, "seed": 4}'

# Weights as other programs name and store them, with PyTorch's logits.
"$python" make_weights.py weights

# The learning rates of PyTorch's schedulers, step by step.
"$python" -W ignore make_schedules.py schedules.json
