"""State files of `densenet train` in Python: read, trained on with PyTorch, and written so that `densenet train --resume` goes on.

The format is docs/training-runs.md, "The state file in other programs". What is here and in densenet_images.py is what decides the
numbers of a run: the network, the schedule, the optimizer; the images, their order and their augmentation. Tested with PyTorch 1.13;
examples/ddp.py uses it.
"""
import hashlib, json, math, os
from collections import OrderedDict as Modules
from decimal import Decimal

import torch
from torch import nn

# --- The file: safetensors with its own SHA-256 -------------------------------------------------------------------------------

DTYPES = {"F32": torch.float32, "F16": torch.float16, "I64": torch.int64, "I32": torch.int32, "U8": torch.uint8}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
ZEROS = "0" * 64
OPTIMIZER = "optimizer."


class StateError(Exception):
    """What is wrong with a state, or what this module does not have; one sentence."""


class State:
    """`tensors` by name, `metadata` as text, and `run`: the metadata `training_run`, parsed."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = bytearray(file.read())
        end = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:end])
        self.metadata = header.pop("__metadata__", {})
        check_digest(path, data, end, self.metadata.get("file_sha256"))
        if "training_run" not in self.metadata:
            raise StateError(f"{path} is a network and not the state of a training: densenet train --state FILE writes one")
        self.run = json.loads(self.metadata["training_run"])
        if self.run["version"] != 2:
            raise StateError(f"{path} has version {self.run['version']} of the run's metadata; 2 is read: resume it here first")
        self.tensors = {}
        for name, entry in header.items():
            begin, stop = entry["data_offsets"]
            flat = torch.frombuffer(data, dtype=DTYPES[entry["dtype"]], count=math.prod(entry["shape"]), offset=end + begin)
            self.tensors[name] = flat.view(entry["shape"]).clone()

    @property
    def step(self):
        """Updates since the run's start."""
        return len(self.run["epochs"]) * self.run["updatesPerEpoch"] + self.run["runningMetrics"]["updates"]

    def write(self, path):
        """Whole or not at all: under another name first. What is written is what `densenet train --resume` checks."""
        for name, tensor in self.tensors.items():
            if tensor.is_floating_point() and not torch.isfinite(tensor).all():
                raise StateError(f"{name} is not finite after {self.step} updates: nothing is written")
        metadata = {**self.metadata, "training_run": to_json(self.run), "file_sha256": ZEROS}
        data = safetensors(self.tensors, metadata)
        digest = hashlib.sha256(data).hexdigest()
        partial = f"{path}.partial"
        with open(partial, "wb") as file:
            # The digest takes the place of the zeros that it was taken over.
            file.write(data.replace(f'"file_sha256":"{ZEROS}"'.encode(), f'"file_sha256":"{digest}"'.encode(), 1))
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)


def check_digest(path, data, end, digest):
    """SHA-256 of the whole file, with zeros for the digits of the digest itself."""
    if digest is None:
        return
    zeroed = bytes(data[:end]).replace(digest.encode(), ZEROS.encode()) + data[end:]
    if hashlib.sha256(zeroed).hexdigest() != digest:
        raise StateError(f"{path} is damaged: its SHA-256 does not match")


def safetensors(tensors, metadata):
    """The widest types first, so that everything is aligned; then by name."""
    ordered = sorted(tensors.items(), key=lambda entry: (-entry[1].element_size(), entry[0]))
    header, parts, at = {"__metadata__": dict(sorted(metadata.items()))}, [], 0
    for name, tensor in ordered:
        content = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [at, at + len(content)]}
        parts.append(content)
        at += len(content)
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    return len(head).to_bytes(8, "little") + head + b"".join(parts)


def to_json(value):
    """As JavaScript's JSON.stringify writes it, numbers included: a run's id is a digest of such a text."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{to_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(to_json, value)) + "]"
    if not isinstance(value, float):
        return json.dumps(value, ensure_ascii=False)
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    if 1e-6 <= abs(value) < 1e21:
        return format(Decimal(repr(value)), "f")
    mantissa, exponent = repr(value).split("e")
    return f"{mantissa}e{int(exponent):+d}"


def training_id(run):
    """Which training a state is of: the same for the same hyperparameters, images and starting weights."""
    # Options that came later count where they are on: those that are not implemented here are off, and augmentation is.
    later = {"epochs", *NEUTRAL, *(["dropLast"] if run["hyperparameters"].get("dropLast") else [])}
    hyperparameters = {key: value for key, value in run["hyperparameters"].items() if key not in later}
    hyperparameters["augment"] = {key: hyperparameters["augment"][key] for key in ("mirror", "shift")}
    length = None if hyperparameters["schedule"] == "constant" else run["hyperparameters"]["epochs"]
    prints = [images[key] for images in run["data"].values() if images for key in ("count", "pixels", "labels")]
    text = to_json([hyperparameters, length, prints, run["about"].get("start")])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


# --- The network, under torchvision's names -----------------------------------------------------------------------------------


class Layer(nn.Sequential):
    """What a dense layer computes joins what it reads."""

    def forward(self, x):
        return torch.cat([x, super().forward(x)], 1)


class DenseNet(nn.Module):
    """The network of a configuration as checkpoints have it (`growthRate`, `blockLayers` …), like torchvision's DenseNet."""

    def __init__(self, config):
        super().__init__()
        growth, width = config["growthRate"], config["bottleneckWidth"] * config["growthRate"]
        epsilon, dropout = config.get("batchNormEpsilon", 1e-5), config["dropout"]

        def norm(channels):
            return nn.BatchNorm2d(channels, eps=epsilon)

        def layer(channels):
            modules = Modules(norm1=norm(channels), relu1=nn.ReLU())
            if width:
                modules.update(conv1=nn.Conv2d(channels, width, 1, bias=False), drop1=nn.Dropout(dropout),
                               norm2=norm(width), relu2=nn.ReLU(), conv2=nn.Conv2d(width, growth, 3, padding=1, bias=False))
            else:
                modules.update(conv1=nn.Conv2d(channels, growth, 3, padding=1, bias=False))
            return Layer(Modules(modules, drop=nn.Dropout(dropout)))

        features, channels = Modules(), config["inputChannels"]
        initial = config["initialChannels"]
        stems = {"cifar": [(initial, 3, 1)], "imagenet": [(initial, 7, 2)],
                 "deep": [(growth, 3, 2), (growth, 3, 1), (initial, 3, 1)]}
        if config["stem"] not in stems:
            raise StateError(f"the stem {config['stem']} is not here")
        for i, (outputs, size, stride) in enumerate(stems[config["stem"]]):
            features[f"conv{i}"] = nn.Conv2d(channels, outputs, size, stride, size // 2, bias=False)
            if config["stem"] != "cifar":
                features[f"norm{i}"], features[f"relu{i}"] = norm(outputs), nn.ReLU()
            channels = outputs
        if config["stem"] != "cifar":
            features["pool0"] = nn.MaxPool2d(3, 2, 1)
        for b, layers in enumerate(config["blockLayers"], 1):
            features[f"denseblock{b}"] = nn.Sequential(
                Modules((f"denselayer{i + 1}", layer(channels + growth * i)) for i in range(layers)))
            channels += growth * layers
            if b < len(config["blockLayers"]):
                outputs = math.floor(channels * config["compression"])
                features[f"transition{b}"] = nn.Sequential(Modules(
                    norm=norm(channels), relu=nn.ReLU(), conv=nn.Conv2d(channels, outputs, 1, bias=False),
                    drop=nn.Dropout(dropout), pool=nn.AvgPool2d(2)))
                channels = outputs
        features.update(norm5=norm(channels), relu5=nn.ReLU(), pool5=nn.AdaptiveAvgPool2d(1))
        self.features = nn.Sequential(features)
        self.classifier = nn.Linear(channels, config["classes"])

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


# --- The optimizer, and the learning rate -------------------------------------------------------------------------------------

OPTIMIZERS = {
    "sgd": lambda parameters, o: torch.optim.SGD(parameters, lr=1, momentum=o["momentum"], nesterov=o["nesterov"],
                                                 weight_decay=o["weightDecay"]),
    "adamw": lambda parameters, o: torch.optim.AdamW(parameters, lr=1, betas=tuple(o["betas"]), eps=o["epsilon"],
                                                     weight_decay=o["weightDecay"]),
    "rmsprop": lambda parameters, o: torch.optim.RMSprop(parameters, lr=1, alpha=o["alpha"], eps=o["epsilon"],
                                                         momentum=o["momentum"], centered=o["centered"],
                                                         weight_decay=o["weightDecay"]),
}
STATE_TENSORS = {"sgd": ["momentum_buffer"], "adamw": ["exp_avg", "exp_avg_sq"],
                 "rmsprop": ["square_avg", "momentum_buffer", "grad_avg"]}


def make_optimizer(state, model):
    """torch.optim's optimizer over all parameters, with the run's state in it."""
    options = state.run["hyperparameters"]["optimizer"]
    if options["kind"] not in OPTIMIZERS:
        raise StateError(f"the optimizer {options['kind']} is not in torch.optim; {', '.join(OPTIMIZERS)} are")
    optimizer = OPTIMIZERS[options["kind"]](model.parameters(), options)
    names = STATE_TENSORS[options["kind"]]
    moments = {i: {"step": torch.tensor(float(state.step)),
                   **{key: state.tensors[f"{OPTIMIZER}{name}.{key}"] for key in names}}
               for i, (name, _) in enumerate(model.named_parameters())}
    optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
    return optimizer


def take_state(state, model, optimizer):
    """Puts the model's and the optimizer's numbers into the state's tensors; where the run stands, the caller has put there."""
    step = torch.tensor(state.step)
    tensors = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
    for name in tensors:
        if name.endswith("num_batches_tracked"):
            tensors[name] = step
    for name, parameter in model.named_parameters():
        for key in STATE_TENSORS[state.run["hyperparameters"]["optimizer"]["kind"]]:
            value = optimizer.state[parameter].get(key)
            tensors[f"{OPTIMIZER}{name}.{key}"] = (torch.zeros_like(parameter) if value is None else value).detach().cpu()
    state.tensors = {**tensors, f"{OPTIMIZER}step": step}


def learning_rate(hyperparameters, updates_per_epoch, step):
    """Of the update after `step` updates."""
    rate, epochs = hyperparameters["learningRate"], hyperparameters["epochs"]
    warmup = math.floor(hyperparameters["warmup"] * updates_per_epoch + 0.5)
    total = max(1, updates_per_epoch * epochs - warmup)
    schedules = {
        "constant": lambda at: rate,
        "step": lambda at: rate / 10 ** sum(at >= math.floor(part * total) for part in (0.5, 0.75)),
        "cosine": lambda at: rate * (1 + math.cos(math.pi * min(at, total) / total)) / 2,
    }
    if hyperparameters["schedule"] not in schedules:
        raise StateError(f"the schedule {hyperparameters['schedule']} is not here; {', '.join(schedules)} are")
    schedule = schedules[hyperparameters["schedule"]]
    return schedule(0) * (step + 1) / warmup if step < warmup else schedule(step - warmup)


# --- What is trained here as there, and what is refused -----------------------------------------------------------------------

KNOWN = {"config", "epochs", "earlyStop", "batch", "accumulate", "dropLast", "optimizer", "learningRate", "schedule", "warmup", "clip",
         "labelSmoothing", "recompute", "precision", "augment", "seed", "normalisation", "trainable"}
OFF = (None, False, 0, 0.0, "", "none", "off", [], {})
# An augmentation that is off, where that is not a number of OFF.
NEUTRAL_AUGMENT = {
    "randomResizedCrop": [1, 1],
    "cropRatio": [3 / 4, 4 / 3],
    "scale": [1, 1],
    "randAugment": [0, 9],
    "colorJitter": [0, 0, 0, 0],
}
# What the options that are not implemented here are where they are off.
NEUTRAL = {
    "scheduleOptions": [{}, {"minLearningRate": 0}, {"milestones": [], "gamma": 0.1}],
    "loss": ["cross-entropy"],
    "lossOptions": [{}, {"classWeights": "none"}],
    "groups": [{"decayNorms": True, "headLearningRate": 1, "layerDecay": 1, "freeze": []}],
    "average": [{"decay": 0, "decayWarmup": False}],
}


def check_supported(run):
    """@raise StateError for what would be ignored in silence: an option of the run that is not implemented here."""
    hyperparameters = run["hyperparameters"]
    if hyperparameters["trainable"] != "all":
        raise StateError(f"the run trains {hyperparameters['trainable']} only; here the whole network is trained")
    for key, value in hyperparameters["augment"].items():
        if key not in ("mirror", "shift") and value not in OFF and value != NEUTRAL_AUGMENT.get(key):
            raise StateError(f"the run augments its images with {key} ({value}); here only mirror and shift are: train with it off")
    for key, value in hyperparameters.items():
        if key not in KNOWN and value not in OFF and value not in NEUTRAL.get(key, []):
            raise StateError(f"the run has {key}: {value}, which is not implemented here")


def is_complete(run):
    """All epochs are done, or early stopping has ended the run."""
    losses = [epoch["validationLoss"] for epoch in run["epochs"] if epoch["validationLoss"] is not None]
    patience = run["hyperparameters"]["earlyStop"]
    stopped = patience > 0 and losses and len(losses) - 1 - losses.index(min(losses)) >= patience
    return bool(stopped) or len(run["epochs"]) >= run["hyperparameters"]["epochs"]
