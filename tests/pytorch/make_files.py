#!/usr/bin/env python3
"""Files of weights as PyTorch's programs save them, for the tests of src/densenet/weights/pytorch.

    make_files.py FOLDER            every variant that is read or refused, and FOLDER/index.json about them
    make_files.py FOLDER --small    the few that are committed (tests/pytorch/files), so that they are tested without PyTorch

A variant that is read has beside it the numbers that PyTorch itself loads from it, NAME.safetensors, under torchvision's names,
and its logits. Needs PyTorch and torchvision (tested with 1.13 and 0.14, Debian's).
"""
import argparse, collections, copy, io, json, os, pickle, re, struct, sys, tarfile, warnings, zipfile

warnings.filterwarnings("ignore")
import numpy as np
import torch
from torch import nn
from torchvision.models import DenseNet, resnet18

torch.set_num_threads(1)
OUT = sys.argv[1]
INDEX = []
SMALL = dict(growth_rate=4, block_config=(2, 2), num_init_features=8, bn_size=2, num_classes=3)


def network(seed=0, channels=3, **options):
    torch.manual_seed(seed)
    model = DenseNet(**{**SMALL, **options})
    if channels != 3:
        model.features.conv0 = nn.Conv2d(channels, model.features.conv0.out_channels, 7, 2, 3, bias=False)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.1)
            module.num_batches_tracked.fill_(17)
    return model.eval()


def write_safetensors(path, tensors, metadata):
    header, parts, at = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        data = tensor.detach().float().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


IMAGE = torch.linspace(-1, 1, 3 * 32 * 32).reshape(1, 3, 32, 32)


def reads(name, value, model, expect=None, options=None, **how):
    """A file that must be read as the network `model`, in float32. `value` is bytes, or what torch.save is given."""
    file = name + ".pth"
    with open(os.path.join(OUT, file), "wb") as out:
        if isinstance(value, bytes):
            out.write(value)
        else:
            torch.save(value, out, **how)
    with torch.no_grad():
        reference = copy.deepcopy(model).float()
        logits = reference(IMAGE[:, : reference.features.conv0.in_channels])
    state = {k: v for k, v in reference.state_dict().items() if "num_batches" not in k and "op_threshs" not in k}
    write_safetensors(os.path.join(OUT, name + ".safetensors"), {**state, "logits": logits}, {"format": "pt"})
    INDEX.append({"name": name, "file": file, "expect": expect or {}, "options": options or {}})


def refused(name, value, problem, **how):
    """A file that must be refused, with a sentence that `problem` (a regular expression) matches."""
    file = how.pop("file", name + ".pth")
    with open(os.path.join(OUT, file), "wb") as out:
        if isinstance(value, bytes):
            out.write(value)
        else:
            torch.save(value, out, **how)
    INDEX.append({"name": name, "file": file, "refused": problem})


def saved(value, **how):
    out = io.BytesIO()
    torch.save(value, out, **how)
    return out.getvalue()


def rezipped(data, change, compression=zipfile.ZIP_STORED):
    """The entries of a zip once more; `change(name, bytes)` gives their bytes, or None for those to leave out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", compression) as target:
        for entry in source.infolist():
            content = change(entry.filename, source.read(entry))
            if content is not None:
                target.writestr(entry.filename, content)
    return out.getvalue()


def mapped(state, change):
    return collections.OrderedDict((k, change(v) if v.is_floating_point() else v) for k, v in state.items())


def renamed(state, change):
    return collections.OrderedDict((change(k), v) for k, v in state.items())


class Other(nn.Module):
    """As programs wrap a network in a class of their own."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x)


class XRayNet(DenseNet):
    """As torchxrayvision's: a channel, 18 findings, thresholds as a buffer, labels as an attribute."""


def xray():
    model = network(5, channels=1, num_classes=18)
    model.__class__ = XRayNet
    model.register_buffer("op_threshs", torch.linspace(0.01, 0.9, 18))
    model.pathologies = ["finding %d" % i for i in range(17)] + [""]
    model.weights = "all"
    return model


LEGACY = dict(_use_new_zipfile_serialization=False)


def variants():
    model = network()
    state = model.state_dict()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    adam = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for optimizer in (sgd, adam):
        for parameter in model.parameters():
            parameter.grad = torch.zeros_like(parameter)
        optimizer.step()
    state = copy.deepcopy(model.state_dict())

    reads("state-dict", state, model, {"format": "pytorch-zip", "path": ""})
    reads("state-dict-legacy", state, model, {"format": "pytorch-legacy"}, **LEGACY)
    for protocol in (3, 4, 5):
        reads(f"protocol-{protocol}", state, model, pickle_protocol=protocol)
        reads(f"protocol-{protocol}-legacy", state, model, pickle_protocol=protocol, **LEGACY)
    reads("plain-dict", dict(state), model)
    for name, dtype in dict(float64=torch.float64, float16=torch.float16, bfloat16=torch.bfloat16).items():
        other = copy.deepcopy(model).to(dtype)
        reads(name, other.state_dict(), other)
        reads(f"{name}-legacy", other.state_dict(), other, **LEGACY)
    mixed = copy.deepcopy(model)
    for module in mixed.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.half()
    reads("mixed-precision", mixed.state_dict(), mixed)
    reads("channels-last", copy.deepcopy(model).to(memory_format=torch.channels_last).state_dict(), model)
    transposed = lambda v: v.transpose(0, 1).contiguous().transpose(0, 1) if v.dim() > 1 else v
    reads("transposed", mapped(state, transposed), model)
    reads("transposed-legacy", mapped(state, transposed), model, **LEGACY)
    flat = torch.cat([v.flatten() for v in state.values() if v.is_floating_point()])
    at, shared = 0, collections.OrderedDict()
    for key, value in state.items():
        if value.is_floating_point():
            shared[key] = flat[at : at + value.numel()].view(value.shape)
            at += value.numel()
        else:
            shared[key] = value
    reads("one-storage", shared, model)
    reads("one-storage-legacy", shared, model, **LEGACY)
    def doubled(value):
        wide = torch.stack([value, -value], dim=-1)
        return wide[..., 0]
    reads("every-second-element", mapped(state, doubled), model)
    reversed_storage = collections.OrderedDict((k, v) for k, v in reversed(list(state.items())))
    reads("other-order", reversed_storage, model)
    reads("parameters", collections.OrderedDict((k, nn.Parameter(v) if v.is_floating_point() else v) for k, v in state.items()), model)
    expanded = copy.deepcopy(model)
    expanded.classifier.bias.data.fill_(0.25)
    reads("expanded-bias", {**expanded.state_dict(), "classifier.bias": torch.tensor([0.25]).expand(3)}, expanded)

    reads(
        "checkpoint",
        {"epoch": 12, "arch": "densenet121", "state_dict": state, "best_acc1": np.float64(76.5), "optimizer": sgd.state_dict(),
         "lrs": [0.1, 0.01], "done": True, "nothing": None, "seen": {1, 2}, "args": argparse.Namespace(lr=0.1, gpus=(0, 1))},
        model, {"path": "state_dict", "passedOver": "epoch = 12.*best_acc1 = 76.5.*optimizer \\(a dict of 2\\)"},
    )
    reads("checkpoint-legacy", {"state_dict": state, "optimizer": adam.state_dict(), "acc": np.float32(0.5)}, model, {"path": "state_dict"}, **LEGACY)
    reads("checkpoint-protocol-4", {"model": state, "optimizer": adam.state_dict(), "scores": np.arange(4.0)}, model, {"path": "model"}, pickle_protocol=4)
    reads("model-state-dict", {"model_state_dict": state, "optimizer_state_dict": adam.state_dict(), "loss": torch.tensor(0.5)}, model, {"path": "model_state_dict"})
    reads("net", {"net": renamed(state, "module.{}".format), "acc": 91.2}, model, {"path": "net", "prefix": "module."})
    reads("data-parallel", renamed(state, "module.{}".format), model, {"prefix": "module."})
    reads(
        "lightning",
        {"epoch": 3, "global_step": 400, "pytorch-lightning_version": "1.9.0", "state_dict": renamed(state, "model.{}".format),
         "loops": {"fit_loop": {"state_dict": {}}}, "callbacks": {}, "optimizer_states": [adam.state_dict()], "lr_schedulers": [],
         "hyper_parameters": {"lr": 1e-3, "class_names": ["cat", "dog", "elk"]}},
        model, {"path": "state_dict", "prefix": "model.", "classNames": ["cat", "dog", "elk"]},
    )
    reads("lightning-net", {"state_dict": {**renamed(state, "net.{}".format), "criterion.weight": torch.ones(3)}}, model, {"prefix": "net."})
    reads("fastai", {"model": state, "opt": {"state": [], "hypers": [{"lr": 0.01}]}}, model, {"path": "model"})
    other = network(9)
    reads("average-beside", {"ema": other.state_dict(), "model": state}, model, {"path": "model"})
    reads("average-first", {"state_dict_ema": other.state_dict(), "state_dict": state}, model, {"path": "state_dict"})
    reads("average-alone", {"epoch": 1, "state_dict_ema": state}, model, {"path": "state_dict_ema"})
    reads("compiled", {"model": renamed(state, "_orig_mod.{}".format)}, model, {"prefix": "_orig_mod."})
    reads("tuple", (state, adam.state_dict()), model, {"path": "[0]"})
    reads("nested", {"trainer": {"checkpoint": {"weights": state}}}, model, {"path": "trainer.checkpoint.weights"})
    reads("named-by-index", {"model": state, "class_to_idx": {"dog": 1, "cat": 0, "elk": 2}}, model, {"classNames": ["cat", "dog", "elk"]})
    def old(name):
        head, dot, tail = name.rpartition(".")
        return head[:-1] + "." + head[-1] + dot + tail if "denselayer" in head else name
    legacy_names = collections.OrderedDict((old(k), v) for k, v in state.items() if "num_batches" not in k)
    reads("torchvision-legacy", legacy_names, model, {"scheme": "torchvision-legacy"}, **LEGACY)
    chexnet = renamed(legacy_names, lambda k: "module.densenet121." + k.replace("classifier.", "classifier.0."))
    reads("chexnet", {"epoch": 8, "state_dict": chexnet, "best_loss": 0.1}, model, {"prefix": "module.densenet121."}, **LEGACY)
    def mmpretrain(name):
        for pattern, to in (("features.conv0", "stem.0"), ("features.norm0", "stem.1"), ("features.norm5", "transitions.1.0"), ("classifier", "head.fc")):
            name = name.replace(pattern, to)
        name = re.sub(r"features\.denseblock(\d+)\.denselayer(\d+)", lambda m: f"stages.{int(m[1]) - 1}.block.{int(m[2]) - 1}", name)
        name = re.sub(r"features\.transition(\d+)", lambda m: f"transitions.{int(m[1]) - 1}", name)
        return name if name.startswith("head.") else "backbone." + name
    reads("mmpretrain", {"meta": {"epoch": 90}, "state_dict": renamed(state, mmpretrain)}, model, {"scheme": "mmpretrain", "prefix": "backbone."})
    monai = renamed(state, lambda k: re.sub(r"(denselayer\d+)\.", r"\1.layers.", k).replace("classifier.", "class_layers.out."))
    reads("monai", monai, model, {"scheme": "monai"})
    reads("efficient-densenet", renamed(state, lambda k: k.replace("norm5", "norm_final")), model)
    reads("numpy-arrays", collections.OrderedDict((k, v.numpy()) for k, v in state.items()), model)
    reads("pickled-numpy", pickle.dumps({k: v.numpy() for k, v in state.items()}, protocol=4), model, {"format": "pickle"})
    reads("pickled-numpy-2", pickle.dumps({k: np.asfortranarray(v.numpy()) for k, v in state.items()}, protocol=2), model, {"format": "pickle"})

    reads("module", model, model, {"isModule": True, "path": ""})
    reads("module-legacy", model, model, {"isModule": True}, **LEGACY)
    reads("module-protocol-4", model, model, {"isModule": True}, pickle_protocol=4)
    reads("module-data-parallel", nn.DataParallel(model), model, {"isModule": True, "prefix": "module."})
    reads("module-wrapped", {"model": Other(model), "epoch": 1}, model, {"path": "model", "prefix": "model."})
    keras = network(7)
    for module in keras.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 1.001e-5
    reads("module-epsilon", keras, keras, {"batchNormEpsilon": 1.001e-5})
    xnet = xray()
    names = [f"finding {i}" for i in range(17)] + ["(17)"]
    reads("module-x-ray", xnet, xnet, {"classNames": names, "multiLabel": True, "thresholds": "op_threshs"})
    reads("x-ray-state", xnet.state_dict(), xnet, {"multiLabel": True, "thresholds": "op_threshs"})
    memory = network(3, memory_efficient=True, drop_rate=0.2)
    reads("module-memory-efficient", memory, memory)

    deflated = rezipped(saved(state), lambda _, content: content, zipfile.ZIP_DEFLATED)
    reads("zipped-again", deflated, model)
    reads("byteorder", rezipped(saved(state), lambda name, content: b"little" if name.endswith("/version") else content), model)
    cuda = rezipped(saved(state), lambda name, content: content.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0") if name.endswith("data.pkl") else content)
    reads("from-a-gpu", cuda, model)
    three = network(4, block_config=(1, 2, 3), growth_rate=6, num_init_features=10, bn_size=3, num_classes=1)
    reads("three-blocks", three.state_dict(), three)

    onnx = exported(model, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
    reads("onnx", onnx, model, {"format": "onnx"})

    # --- refused
    refused("onnx-folded", exported(model), "folded into convolutions.*TrainingMode.PRESERVE", file="folded.onnx")
    script = io.BytesIO()
    torch.jit.save(torch.jit.script(model), script)
    refused("torchscript", script.getvalue(), "TorchScript archive.*state_dict", file="torchscript.pt")
    traced = io.BytesIO()
    torch.jit.save(torch.jit.trace(model, IMAGE), traced)
    refused("torchscript-traced", traced.getvalue(), "TorchScript archive", file="traced.pt")
    data = saved(state)
    refused("big-endian", big_endian(data), "big-endian")
    refused("big-endian-legacy", big_endian_legacy(state), "big-endian")
    refused("truncated", data[: len(data) // 2], "not a whole zip archive")
    legacy = saved(state, **LEGACY)
    refused("truncated-legacy", legacy[:-100], "truncated")
    refused("truncated-pickle", legacy[:400], "truncated")
    damaged = bytearray(data)
    at = data.index(state["features.conv0.weight"].numpy().tobytes()[:64])
    damaged[at + 5] ^= 1
    refused("damaged", bytes(damaged), "CRC-32")
    refused("missing-storage", rezipped(data, lambda n, c: None if n.endswith("data/3") else c), "storage 3 is not in the file")
    refused("short-storage", rezipped(data, lambda n, c: c[:-4] if n.endswith("data/0") else c), "which are not the .* elements")
    refused("no-object", rezipped(data, lambda n, c: None if n.endswith("data.pkl") else c), "data\\.pkl|zip")
    refused("tensor", torch.zeros(3), "without a dict of tensors")
    refused("tensors", [torch.zeros(3)], "without a dict of tensors")
    refused("optimizer", {"optimizer": sgd.state_dict()}, "without a dict of tensors|not a DenseNet")
    refused("resnet", resnet18(num_classes=2).state_dict(), "not a DenseNet")
    refused("resnet-module", resnet18(num_classes=2), "not a DenseNet")
    quantized = copy.deepcopy(model)
    weight = torch.quantize_per_tensor(state["features.conv0.weight"], 0.1, 0, torch.qint8)
    refused("quantized", {**state, "features.conv0.weight": weight}, "quantized")
    refused("sparse", {**state, "classifier.weight": state["classifier.weight"].to_sparse()}, "sparse")
    refused("meta", {**state, "classifier.weight": torch.empty(3, 18, device="meta")}, "without|meta|missing|no numbers")
    refused("complex", {**state, "classifier.weight": state["classifier.weight"].to(torch.complex64)}, "C64")
    refused("int8", {**state, "features.conv0.weight": torch.zeros(8, 3, 7, 7, dtype=torch.int8)}, "I8")
    refused("missing-tensor", {k: v for k, v in state.items() if k != "features.norm5.weight"}, "1 tensor is missing: features.norm5.weight")
    refused("wrong-shape", {**state, "features.norm0.weight": torch.ones(3)}, "wrong shape")
    refused("nan", {**state, "features.norm5.bias": torch.full_like(state["features.norm5.bias"], float("nan"))}, "finite|NaN")
    leaky = network(2)
    leaky.features.denseblock1.denselayer1.relu1 = nn.LeakyReLU()
    refused("leaky-relu", leaky, "LeakyReLU")
    grouped = network(2)
    grouped.features.denseblock1.denselayer1.conv2 = nn.Conv2d(8, 4, 3, padding=1, groups=4, bias=False)
    refused("groups", grouped, "Conv2d with 4 groups")
    dilated = network(2)
    dilated.features.denseblock1.denselayer1.conv2 = nn.Conv2d(8, 4, 3, padding=2, dilation=2, bias=False)
    refused("dilation", dilated, "padding 2x2|dilation")
    strided = network(2)
    strided.features.conv0.stride = (1, 1)
    refused("stride", strided, "Conv2d with stride 1x1")
    several = network(2)
    several.features.norm5.eps = 1e-3
    refused("several-epsilons", several, "several epsilons")
    refused("iabn", {"arch": "densenet264d_iabn", "state_dict": state}, "in-place batch norms")
    segmentation = {**{"encoder." + k: v for k, v in state.items() if "classifier" not in k}, "decoder.blocks.0.conv1.0.weight": torch.ones(4, 16, 3, 3)}
    refused("segmentation", segmentation, "no classifier.*newClassifier")
    refused("blur", {"arch": "densenetblur121d", "state_dict": state}, "blur filters")
    refused("two-networks", {**renamed(state, "a.{}".format), **renamed(state, "b.{}".format)}, "several DenseNets")
    head = network(2)
    head.classifier = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))
    refused("two-layers", head.state_dict(), "more than one linear layer|classifier")
    attention = {**state, "features.denseblock1.denselayer1.se.weight": torch.ones(4, 4)}
    refused("attention", attention, "se\\.weight")
    refused("pickled-tensors", pickle.dumps(dict(state), protocol=2), "pickled by Python alone; save it with torch\\.save", file="pickled.pkl")
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in ("storages", "tensors", "pickle"):
            archive.addfile(tarfile.TarInfo(name))
    refused("tar", tar.getvalue(), "before version 0\\.1\\.12", file="old.tar")
    refused("page", b"<!doctype html><title>404</title>", "web page")
    refused("empty", b"", "empty")
    refused("pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "Git LFS")


def exported(model, **how):
    out = io.BytesIO()
    torch.onnx.export(model, IMAGE, out, **how)
    return out.getvalue()


def big_endian(data):
    out = io.BytesIO(rezipped(data, lambda _, content: content))
    with zipfile.ZipFile(out, "a") as archive:
        stem = archive.namelist()[0].split("/")[0]
        archive.writestr(f"{stem}/byteorder", b"big")
    return out.getvalue()


def big_endian_legacy(state):
    real = sys.byteorder
    sys.byteorder = "big"
    try:
        return saved(state, **LEGACY)
    finally:
        sys.byteorder = real


def small():
    model = network(1, growth_rate=2, block_config=(1, 1), num_init_features=4, bn_size=1)
    state = model.state_dict()
    reads("small-zip", {"epoch": 1, "state_dict": state}, model, {"path": "state_dict", "format": "pytorch-zip"})
    reads("small-legacy", state, model, {"format": "pytorch-legacy"}, **LEGACY)
    reads("small-module", model.to(memory_format=torch.channels_last), model, {"isModule": True})


(small if "--small" in sys.argv else variants)()
with open(os.path.join(OUT, "index.json"), "w") as out:
    json.dump(INDEX, out, indent=1)
