#!/usr/bin/env python3
"""Files as Keras and TensorFlow.js save DenseNets, for the tests of src/densenet/weights/keras. Neither is needed: the files are
written with h5py in the layouts that keras/src/legacy/saving/legacy_h5_format.py, keras/src/saving/saving_lib.py and
tensorflowjs/write_weights.py give them.

    make_files.py FOLDER            every variant that is read or refused, and FOLDER/index.json about them
    make_files.py FOLDER --small    the few that are committed (tests/keras/files), so that they are tested without h5py

Beside each file is REFERENCE.safetensors: the numbers under torchvision's names, and the logits that Keras's own arithmetic
(explicit padding, channels last, its epsilon) gives. Needs NumPy and h5py (tested with Debian's 1.24 and 3.7).
"""
import io, json, os, struct, sys, zipfile

import h5py
import numpy as np

OUT = sys.argv[1]
INDEX = []
APPLICATIONS = 1.001e-5


class Model:
    """A DenseNet as Keras Applications builds it: layers in their order, each with its configuration and its weights."""

    def __init__(self, seed=0, blocks=(2, 1), growth=2, initial=4, classes=3, size=32, channels=3, slash=False, top=True,
                 epsilon=APPLICATIONS, head=None, activation="softmax", dims=2, names=None, bn=4):
        random = np.random.default_rng(seed)
        self.layers, self.size, self.channels = [], size, channels
        self.starts = set()  # of dense layers: what they read is concatenated with what they compute
        join = "/" if slash else "_"
        shape = [None] + [size] * dims + [channels]

        def add(kind, name, weights=(), **config):
            own = (names or (lambda _, given: given))(len(self.layers), name)
            self.layers.append((kind, own, dict(weights), {"name": own, **config}))

        def conv(name, inputs, outputs, kernel, **config):
            value = random.normal(0, (2 / (kernel**dims * inputs)) ** 0.5, [kernel] * dims + [inputs, outputs])
            add(f"Conv{dims}D", name, {"kernel": value.astype("f4")}, filters=outputs, kernel_size=[kernel] * dims,
                strides=config.pop("strides", [1] * dims), padding=config.pop("padding", "valid"),
                dilation_rate=[1] * dims, groups=1, activation="linear", use_bias=False, **config)

        def norm(name, channels):
            if name.endswith("_0_bn"):
                self.starts.add(len(self.layers))
            weights = {"gamma": random.uniform(0.5, 1.5, channels), "beta": random.normal(0, 0.1, channels),
                       "moving_mean": random.normal(0, 0.1, channels), "moving_variance": random.uniform(0.5, 1.5, channels)}
            add("BatchNormalization", name, {k: v.astype("f4") for k, v in weights.items()}, axis=-1, momentum=0.99,
                epsilon=epsilon, center=True, scale=True)

        add("InputLayer", "input_1", batch_input_shape=shape, dtype="float32")
        add(f"ZeroPadding{dims}D", "zero_padding2d", padding=[[3, 3]] * dims)
        conv(f"conv1{join}conv", channels, initial, 7, strides=[2] * dims)
        norm(f"conv1{join}bn", initial)
        add("Activation", f"conv1{join}relu", activation="relu")
        add(f"ZeroPadding{dims}D", "zero_padding2d_1", padding=[[1, 1]] * dims)
        add(f"MaxPooling{dims}D", "pool1", pool_size=[3] * dims, strides=[2] * dims, padding="valid")
        features = initial
        for b, layers in enumerate(blocks):
            for l in range(layers):
                name = f"conv{b + 2}_block{l + 1}"
                norm(f"{name}_0_bn", features)
                add("Activation", f"{name}_0_relu", activation="relu")
                conv(f"{name}_1_conv", features, bn * growth, 1)
                norm(f"{name}_1_bn", bn * growth)
                add("Activation", f"{name}_1_relu", activation="relu")
                conv(f"{name}_2_conv", bn * growth, growth, 3, padding="same")
                add("Concatenate", f"{name}_concat", axis=-1)
                features += growth
            if b + 1 < len(blocks):
                norm(f"pool{b + 2}_bn", features)
                add("Activation", f"pool{b + 2}_relu", activation="relu")
                conv(f"pool{b + 2}_conv", features, features // 2, 1)
                add(f"AveragePooling{dims}D", f"pool{b + 2}_pool", pool_size=[2] * dims, strides=[2] * dims, padding="valid")
                features //= 2
        norm("bn", features)
        add("Activation", "relu", activation="relu")

        def dense(name, inputs, outputs, activation):
            add("Dense", name, {"kernel": random.normal(0, 0.3, (inputs, outputs)).astype("f4"),
                                "bias": random.normal(0, 0.3, outputs).astype("f4")},
                units=outputs, activation=activation, use_bias=True)

        if top:
            add(f"GlobalAveragePooling{dims}D", "avg_pool")
            if head == "aucmedi":
                dense("dense", features, 8, "linear")
                add("Dropout", "dropout", rate=0.3)
                dense("preds", 8, classes, "linear")
                add("Activation", "probs", activation=activation)
            elif head == "relu":
                dense("dense", features, 8, "relu")
                dense("predictions", 8, classes, activation)
            else:
                dense("predictions", features, classes, activation)

    def weights(self, name):
        return next(weights for _, own, weights, _ in self.layers if own == name)

    def logits(self, image):
        """Of an image [C][H][W], in float64, in Keras's own order; the last Dense without its activation."""
        x = np.moveaxis(image.astype("f8"), 0, -1)
        kept = None
        for index, (kind, name, weights, config) in enumerate(self.layers):
            w = {k: v.astype("f8") for k, v in weights.items()}
            if kind == "ZeroPadding2D":
                x = np.pad(x, [*config["padding"], [0, 0]])
            elif kind == "Conv2D":
                k, s = config["kernel_size"][0], config["strides"][0]
                if config["padding"] == "same":
                    x = np.pad(x, [[k // 2, k // 2]] * 2 + [[0, 0]])
                x = np.einsum("hwcij,ijco->hwo", windows(x, k, s), w["kernel"])
            elif kind == "BatchNormalization":
                if index in self.starts:
                    kept = x
                x = (x - w["moving_mean"]) / np.sqrt(w["moving_variance"] + config["epsilon"]) * w["gamma"] + w["beta"]
            elif kind == "Activation" and config["activation"] == "relu":
                x = np.maximum(x, 0)
            elif kind == "MaxPooling2D":
                x = windows(x, 3, 2).max(axis=(3, 4))
            elif kind == "AveragePooling2D":
                x = windows(x, 2, 2).mean(axis=(3, 4))
            elif kind == "Concatenate":
                x = np.concatenate([kept, x], axis=-1)
            elif kind == "GlobalAveragePooling2D":
                x = x.mean(axis=(0, 1))
            elif kind == "Dense":
                x = x @ w["kernel"] + w["bias"]
        return x

    def config(self, keras3=False):
        layers = []
        for kind, name, _, config in self.layers:
            if keras3 and kind == "InputLayer":
                config = {"batch_shape": config["batch_input_shape"], "name": name}
            layers.append({"module": "keras.layers", "class_name": kind, "config": config, "name": name, "inbound_nodes": []}
                          if keras3 else {"class_name": kind, "config": config, "name": name, "inbound_nodes": []})
        model = {"class_name": "Functional", "config": {"name": "densenet", "layers": layers}}
        return {"module": "keras", **model} if keras3 else model

    def state(self):
        """Under torchvision's names and in its order of axes, by the layers' places alone."""
        state, named = {}, []
        chain = [(kind, weights) for kind, _, weights, _ in self.layers if weights]
        norms = iter(chain)
        put = lambda name, w: named.append((name, w))
        put("features.conv0", next(norms)[1])
        put("features.norm0", next(norms)[1])
        rest = list(norms)
        block, layer, at = 1, 1, 0
        while at < len(rest):
            if rest[at][0] == "Dense":
                at += 1
                continue
            if at + 3 < len(rest) and rest[at + 3][0] == "Conv2D" and rest[at + 3][1]["kernel"].shape[0] == 3:
                prefix = f"features.denseblock{block}.denselayer{layer}"
                for part, (_, w) in zip(("norm1", "conv1", "norm2", "conv2"), rest[at : at + 4]):
                    put(f"{prefix}.{part}", w)
                at, layer = at + 4, layer + 1
            elif at + 1 < len(rest) and rest[at + 1][0] == "Conv2D":
                put(f"features.transition{block}.norm", rest[at][1])
                put(f"features.transition{block}.conv", rest[at + 1][1])
                at, block, layer = at + 2, block + 1, 1
            else:
                put("features.norm5", rest[at][1])
                at += 1
        for name, w in named:
            if "kernel" in w:
                state[f"{name}.weight"] = np.transpose(w["kernel"], (3, 2, 0, 1))
            else:
                for theirs, ours in (("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean"), ("moving_variance", "running_var")):
                    state[f"{name}.{ours}"] = w[theirs]
        heads = [w for kind, _, w, _ in self.layers if kind == "Dense"]
        if heads:
            kernel, bias = heads[0]["kernel"].astype("f8"), heads[0]["bias"].astype("f8")
            for w in heads[1:]:
                kernel, bias = kernel @ w["kernel"], bias @ w["kernel"] + w["bias"]
            state["classifier.weight"], state["classifier.bias"] = kernel.T.astype("f4"), bias.astype("f4")
        return state


def windows(x, k, s):
    view = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(0, 1))
    return view[::s, ::s]


def image_of(model):
    count = 3 * model.size * model.size
    return np.linspace(-1, 1, count, dtype="f8").astype("f4").reshape(3, model.size, model.size)[: model.channels]


def write_safetensors(path, tensors):
    header, parts, at = {}, [], 0
    for name, value in tensors.items():
        data = np.ascontiguousarray(value, dtype="<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


# keras/src/legacy/saving/legacy_h5_format.py -------------------------------------------------------------------------------------

LIMIT = 64512


def put_list(group, name, data, limit=LIMIT):
    data = np.asarray(data)
    pieces = 1
    while any(piece.nbytes > limit for piece in np.array_split(data, pieces)):
        pieces += 1
    if pieces == 1:
        group.attrs[name] = data
    for i, piece in enumerate(np.array_split(data, pieces) if pieces > 1 else []):
        group.attrs[f"{name}{i}"] = piece


def put_weights(group, layers, suffix=":0", limit=LIMIT, how=None, nested=None, cast=None):
    put_list(group, "layer_names", [name.encode() for _, name, _, _ in layers] if nested is None else [n.encode() for n in nested], limit)
    group.attrs["backend"] = b"tensorflow"
    group.attrs["keras_version"] = b"2.12.0"

    def put(target, names):
        put_list(target, "weight_names", [n.encode() for n, _ in names], limit)
        for name, value in names:
            value = cast(value) if cast else value
            target.create_dataset(name, data=value, **(how or {}))

    if nested is None:
        for _, name, weights, _ in sorted(layers, key=lambda l: l[1]):
            put(group.create_group(name), [(f"{name}/{k}{suffix}", v) for k, v in weights.items()])
        return
    inner = [(f"{name}/{k}{suffix}", v) for kind, name, weights, _ in layers if kind != "Dense" for k, v in weights.items()]
    put(group.create_group("densenet121"), inner)
    put(group.create_group("global_average_pooling2d"), [])
    put(group.create_group("dense"), [(f"dense/{k}{suffix}", v) for kind, _, w, _ in layers if kind == "Dense" for k, v in w.items()])


def h5(write, **how):
    out = io.BytesIO()
    with h5py.File(out, "w", **how) as file:
        write(file)
    return out.getvalue()


def save_weights(model, **how):
    libver = {"libver": how.pop("libver")} if "libver" in how else {}
    return h5(lambda file: put_weights(file, model.layers, **how), **libver)


def save_model(model, optimizer=True, **how):
    def write(file):
        file.attrs["keras_version"] = "2.12.0"
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps(model.config()).encode()
        file.attrs["training_config"] = b"{}"
        put_weights(file.create_group("model_weights"), model.layers, **how)
        if optimizer:
            group = file.create_group("optimizer_weights")
            put_list(group, "weight_names", [b"iteration:0"])
            group.create_dataset("iteration:0", data=np.int64(7))

    return h5(write)


# keras/src/saving/saving_lib.py --------------------------------------------------------------------------------------------------

def snake(name):
    import re

    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def weights_h5(model, named=True, cast=None, dtype=None):
    def write(file):
        counts = {}
        for kind, name, weights, _ in model.layers:
            title = snake(kind)
            counts[title] = counts.get(title, -1) + 1
            path = f"layers/{title}" + (f"_{counts[title]}" if counts[title] else "")
            if not weights and not named:
                continue
            group = file.create_group(path).create_group("vars")
            if named:
                group.attrs["name"] = name
            for i, value in enumerate(weights.values()):
                dataset = group.create_dataset(str(i), data=cast(value) if cast else value)
                if dtype:
                    dataset.attrs["dtype"] = dtype
        if named:
            file.create_group("vars").attrs["name"] = "densenet"
        optimizer = file.create_group("optimizer/vars")
        optimizer.create_dataset("0", data=np.int64(7))

    return h5(write)


def keras(model, compression=zipfile.ZIP_STORED, **how):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.3.3", "date_saved": "2024-05-01@00:00:00"}))
        archive.writestr("config.json", json.dumps(model.config(keras3=True)))
        archive.writestr("model.weights.h5", weights_h5(model, **how))
    return out.getvalue()


# tensorflowjs/write_weights.py ---------------------------------------------------------------------------------------------------

def tfjs(model, quantize=None, shard=4096, graph=False, lose=False):
    weights, data = [], b""
    for kind, name, own, _ in model.layers:
        for k, value in own.items():
            entry = {"name": f"{name}/{k}", "shape": list(value.shape), "dtype": "float32"}
            if quantize == "float16":
                entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
                data += value.astype("<f2").tobytes()
            elif quantize:
                most = 2 ** (8 if quantize == "uint8" else 16) - 1
                low, high = float(value.min()), float(value.max())
                scale = (high - low) / most or 1.0
                entry["quantization"] = {"dtype": quantize, "min": low, "scale": scale, "original_dtype": "float32"}
                data += np.round((value - low) / scale).astype("<u1" if quantize == "uint8" else "<u2").tobytes()
            else:
                data += value.astype("<f4").tobytes()
            weights.append(entry)
    count = max(1, -(-len(data) // shard))
    paths = [f"group1-shard{i + 1}of{count}.bin" for i in range(count)]
    model_json = {"format": "graph-model" if graph else "layers-model", "generatedBy": "keras v2.12.0", "convertedBy": "TensorFlow.js Converter v4.4.0",
                  "modelTopology": {"node": []} if graph else {"keras_version": "2.12.0", "backend": "tensorflow", "model_config": model.config()},
                  "weightsManifest": [{"paths": paths, "weights": weights}]}
    files = {"model.json": json.dumps(model_json).encode()}
    for i, path in enumerate(paths):
        files[path] = data[i * shard : (i + 1) * shard]
    if lose:
        del files[paths[-1]]
    return files


def zipped(files, folder=""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(folder + name, content)
    return out.getvalue()


# ---------------------------------------------------------------------------------------------------------------------------------

REFERENCES = {}


def reads(name, file, content, model, expect=None, tolerance=0):
    """A file that must be read as `model`. `content` is bytes, or files by name in a folder of that name."""
    if isinstance(content, dict):
        os.makedirs(os.path.join(OUT, name), exist_ok=True)
        for own, part in content.items():
            with open(os.path.join(OUT, name, own), "wb") as out:
                out.write(part)
        file = [f"{name}/{own}" for own in content]
    else:
        file = f"{name}{file}"
        with open(os.path.join(OUT, file), "wb") as out:
            out.write(content)
    reference = REFERENCES.get(id(model))
    if reference is None:
        reference = f"reference-{len(REFERENCES)}"
        REFERENCES[id(model)] = reference
        logits = {"logits": model.logits(image_of(model))[None]} if model.layers[-1][0] in ("Dense", "Activation") and "classifier.weight" in model.state() else {}
        write_safetensors(os.path.join(OUT, f"{reference}.safetensors"), {**model.state(), **logits})
    INDEX.append({"name": name, "file": file, "reference": reference, "size": model.size, "tolerance": tolerance, "expect": expect or {}})


def refused(name, file, content, problem):
    file = f"{name}{file}"
    with open(os.path.join(OUT, file), "wb") as out:
        out.write(content)
    INDEX.append({"name": name, "file": file, "refused": problem})


def small():
    old, new = Model(1, slash=True, blocks=(1, 1)), Model(2, blocks=(1, 1))
    reads("tf-weights", ".h5", save_weights(old), old, {"format": "keras-h5", "model": None})
    reads("keras-model", ".keras", keras(new, zipfile.ZIP_DEFLATED, named=False), new, {"format": "keras-zip", "multiLabel": False})
    reads("tfjs-uint16", ".zip", zipped(tfjs(new, "uint16")), new, {"format": "tfjs"}, tolerance=1e-4)


def variants():
    old = Model(3, slash=True)
    new = Model(4)
    h5 = {"format": "keras-h5", "scheme": "keras", "batchNormEpsilon": APPLICATIONS}
    reads("weights-slashes", ".h5", save_weights(old), old, h5)
    reads("weights-underscores", ".h5", save_weights(new, suffix=""), new, h5)
    reads("whole-model", ".h5", save_model(new), new, {**h5, "multiLabel": False, "passedOver": "optimizer_weights"})
    reads("names-in-pieces", ".h5", save_weights(new, limit=400), new, h5)
    chunked = Model(5)
    reads("chunks", ".h5", save_weights(chunked, how=dict(chunks=True, compression="gzip", shuffle=True, fletcher32=True)), chunked, h5)
    reads("half", ".h5", save_weights(new, cast=lambda v: v.astype("f2")), new, h5, tolerance=2e-3)
    reads("double", ".h5", save_weights(new, cast=lambda v: v.astype("f8")), new, h5)
    nested = Model(6, slash=True)
    nested.layers = [(k, "dense" if k == "Dense" else n, w, c) for k, n, w, c in nested.layers]
    reads("model-in-sequential", ".h5", save_weights(nested, nested=["densenet121", "global_average_pooling2d", "dense"]), nested, h5)
    deep = Model(7, blocks=(1, 2, 1), growth=4, initial=8, size=64)
    reads("three-blocks", ".keras", keras(deep), deep, {"format": "keras-zip"})
    reads("keras-without-names", ".keras", keras(new, named=False), new, {"format": "keras-zip"})
    reads("weights-h5-of-keras-3", ".weights.h5", weights_h5(new), new, h5)
    other = Model(8, epsilon=1e-3, names=lambda i, name: f"layer_{i}", activation="sigmoid")
    reads("own-names", ".h5", save_model(other, optimizer=False), other, {"multiLabel": True, "batchNormEpsilon": 1e-3})
    reads("own-names", ".keras", keras(other, named=False), other, {"multiLabel": True, "batchNormEpsilon": 1e-3})
    aucmedi = Model(9, head="aucmedi")
    reads("aucmedi", ".keras", keras(aucmedi), aucmedi, {"passedOver": "dense and preds"}, tolerance=1e-6)
    reads("aucmedi", ".h5", save_model(aucmedi), aucmedi, {"passedOver": "dense and preds"}, tolerance=1e-6)
    grey = Model(10, channels=1)
    reads("grey", ".h5", save_weights(grey), grey, h5)
    reads("tfjs", "", tfjs(new), new, {"format": "tfjs", "multiLabel": False})
    reads("tfjs-slashes", ".zip", zipped(tfjs(old), "web/"), old, {"format": "tfjs"})
    reads("tfjs-float16", "", tfjs(new, "float16"), new, {"format": "tfjs"}, tolerance=2e-3)
    reads("tfjs-uint16", ".zip", zipped(tfjs(new, "uint16")), new, {"format": "tfjs"}, tolerance=1e-4)
    reads("tfjs-uint8", ".zip", zipped(tfjs(new, "uint8")), new, {"format": "tfjs"}, tolerance=2e-2)
    reads("tfjs-own-names", ".zip", zipped(tfjs(other)), other, {"format": "tfjs"})

    refused("no-top", ".h5", save_weights(Model(11, top=False)), "no classifier")
    refused("names-unknown", ".h5", save_weights(other), "none is named as in Keras Applications.*model\\.save")
    refused("numbers-only", ".weights.h5", weights_h5(new, named=False), "none is named as in Keras Applications.*model\\.save")
    refused("head-with-relu", ".keras", keras(Model(12, head="relu")), "activation between its dense layers")
    refused("three-dimensions", ".keras", keras(Model(13, dims=3, size=16)), "3-D network")
    refused("three-dimensions-weights", ".h5", save_weights(Model(13, dims=3, size=16)), "3-D network")
    uneven = Model(14)
    next(c for k, _, _, c in uneven.layers if k == "Conv2D")["padding"] = "same"
    refused("uneven-padding", ".keras", keras(uneven), "pads one side more")
    swish = Model(15)
    next(c for k, _, _, c in swish.layers if k == "Activation")["activation"] = "swish"
    refused("swish", ".h5", save_model(swish), "the activation swish")
    apart = Model(22, head="aucmedi")
    at = next(i for i, (k, name, _, _) in enumerate(apart.layers) if name == "dropout")
    apart.layers.insert(at, ("Activation", "between", {}, {"name": "between", "activation": "relu"}))
    refused("head-with-relu-apart", ".keras", keras(apart), "activation between its dense layers.*between|between.*dense")
    sigmoids = Model(23)
    next(c for k, _, _, c in sigmoids.layers if k == "Activation")["activation"] = "sigmoid"
    refused("sigmoid-in-trunk", ".keras", keras(sigmoids), "the activation sigmoid ahead of the classifier")
    for name, kind, change, problem in [
        ("stem-stride", "Conv2D", {"strides": [1, 1]}, "a 7x7 convolution must have stride 2"),
        ("max-pooling", "MaxPooling2D", {"strides": [3, 3]}, "only max pooling with stride 2"),
        ("max-pooling-size", "MaxPooling2D", {"pool_size": [2, 2]}, "only max pooling of 3x3"),
        ("average-pooling", "AveragePooling2D", {"strides": [1, 1]}, "only average pooling with stride 2"),
    ]:
        other_trunk = Model(24)
        next(c for k, _, _, c in other_trunk.layers if k == kind).update(change)
        refused(name, ".keras", keras(other_trunk), problem)
    several = Model(16)
    next(c for k, _, _, c in several.layers if k == "BatchNormalization")["epsilon"] = 1e-3
    refused("several-epsilons", ".keras", keras(several), "several epsilons")
    lambda_ = Model(17)
    lambda_.layers.insert(1, ("Lambda", "lambda", {}, {"name": "lambda", "function": ["eval", None, None]}))
    refused("lambda", ".keras", keras(lambda_), "a function of its own, which is not run")
    rescaling = Model(18)
    rescaling.layers.insert(1, ("Rescaling", "rescaling", {}, {"name": "rescaling", "scale": 1 / 255}))
    refused("rescaling", ".keras", keras(rescaling), "preprocessing inside the network")
    missing = Model(19)
    missing.layers = [l for l in missing.layers if l[1] != "conv2_block1_1_bn"]
    refused("missing-layer", ".h5", save_weights(missing), "4 tensors are missing|denselayer1\\.norm2")
    refused("latest-form", ".h5", save_weights(new, libver="latest"), "newest form of HDF5|later form|libver")
    refused("lzf", ".h5", save_weights(Model(20), how=dict(chunks=True, compression="lzf"), cast=np.zeros_like), "filter lzf")
    refused("other-hdf5", ".h5", h5_of_data(), "not as Keras saves weights")
    parts = ("conv1_conv", "conv2_block1_0_conv", "conv2_block1_1_conv", "conv2_block1_2_conv", "conv2_block1_3_conv")
    resnet = {name: {"kernel": np.zeros((1, 1, 4, 4), "f4")} for name in parts}
    refused("resnet", ".h5", h5_of_layers(resnet), "is not recognised as a DenseNet")
    refused("graph-model", ".zip", zipped(tfjs(new, graph=True)), "graph model")
    refused("lost-shard", ".zip", zipped(tfjs(new, lose=True)), "which are missing: group1-shard")
    refused("without-shards", ".json", tfjs(new)["model.json"], "which are missing: group1-shard1of")
    refused("cut-off", ".h5", save_weights(new)[:-4000], "truncated|damaged|past its end")
    refused("int8", ".h5", save_weights(new, cast=lambda v: (v * 50).astype("i1")), "I8")
    nan = Model(21)
    nan.weights("bn")["beta"][0] = np.nan
    refused("nan", ".keras", keras(nan), "finite|NaN")


def h5_of_data():
    return h5(lambda file: file.create_dataset("x", data=np.arange(4)))


def h5_of_layers(layers):
    return h5(lambda file: put_weights(file, [("Conv2D", n, w, {}) for n, w in layers.items()]))


(small if "--small" in sys.argv else variants)()
with open(os.path.join(OUT, "index.json"), "w") as out:
    json.dump(INDEX, out, indent=1)
    out.write("\n")
