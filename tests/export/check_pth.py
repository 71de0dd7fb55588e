#!/usr/bin/python3
"""What PyTorch makes of exported files: a line of JSON for each line of standard input, a JSON list `[WHAT, ARGUMENTS…]`.

    logits GOLDEN PTH      loads PTH with weights_only and strict into make_golden.py's network: the largest difference of its
                           logits from the golden's, in units of the largest of them or 1
    module GOLDEN PTH PY   the same with the generated module PY in place of make_golden.py's network
    prepare PY IMAGE…      the module's prepared input of each image, [C][H][W]
    example GOLDEN PTH CONFIG  the same with the network of examples/densenet_state.py
    ported JSON            what that example computes of permutations, rates and JSON
    images PATH RUN        how many training and validation images examples/densenet_images.py finds there for a run, or its error
    loaded PTH             what it holds, as Python prints it
    opcodes PTH            the operations and globals of its pickle
    summary PTH            a training's checkpoint, without its numbers
    step PTH PY BATCH HYPERPARAMETERS  one step of torch.optim from the checkpoint PTH on BATCH (safetensors: images, labels);
                           the new state dict's and optimizer's tensors by name
"""
import importlib.util, json, os, pickletools, sys, zipfile
import torch

torch.set_num_threads(1)
EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples")
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden")


def module_of(path):
    spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(path))[0], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_safetensors(path):
    with open(path, "rb") as file:
        data = bytearray(file.read())
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    metadata = header.pop("__metadata__", {})
    types = {"F32": torch.float32, "F16": torch.float16, "I32": torch.int32, "I64": torch.int64, "U8": torch.uint8}
    tensors = {}
    for name, entry in header.items():
        begin, stop = entry["data_offsets"]
        flat = torch.frombuffer(data[end + begin:end + stop] or bytearray(8), dtype=types[entry["dtype"]])
        tensors[name] = flat.view(entry["shape"])
    return metadata, tensors


def load_checkpoint(path):
    """With its optimizer's options, which are floats: PyTorch 1.13's unpickler for weights does not read any yet."""
    return torch.load(path, weights_only=not torch.__version__.startswith("1."))


def golden_network(path):
    metadata, tensors = read_safetensors(path)
    make_golden = module_of(os.path.join(GOLDEN, "make_golden.py"))
    config = {**make_golden.DEFAULTS, **json.loads(metadata["config"])}
    return make_golden.build(config), tensors


def difference(model, tensors):
    model.eval()
    with torch.no_grad():
        found = model(tensors["input"].float())
    expected = tensors["eval.logits"].float()
    return float((found - expected).abs().max() / expected.abs().max().clamp(min=1))


def load(model, path):
    state = torch.load(path, weights_only=True)
    state = state.get("model", state)
    # load_state_dict compares sets of names: the order must be the model's too.
    assert list(state) == list(model.state_dict()), "the order of the names"
    model.load_state_dict(state, strict=True)


def logits(golden, pth):
    model, tensors = golden_network(golden)
    load(model, pth)
    return difference(model, tensors)


def module(golden, pth, py):
    _, tensors = golden_network(golden)
    model = module_of(py).DenseNet()
    model.load_state_dict(torch.load(pth, weights_only=True), strict=True)
    return difference(model, tensors)


def example(golden, pth, config):
    """As `module`, with the network that examples/densenet_state.py builds of a configuration."""
    _, tensors = golden_network(golden)
    model = STATE.DenseNet(json.loads(config))
    load(model, pth)
    return difference(model, tensors)


def ported(text):
    """What examples/densenet_state.py and densenet_images.py compute as this library does."""
    asked = json.loads(text)
    return {"permutations": [IMAGES.permutation(*arguments).tolist() for arguments in asked["permutations"]],
            "rates": [STATE.learning_rate(*arguments) for arguments in asked["rates"]],
            "json": STATE.to_json(asked["json"])}


def images(path, run):
    try:
        return [part and len(part.labels) for part in IMAGES.images_of_run(path, json.loads(run))]
    except IMAGES.DataError as error:
        return str(error)


def prepare(py, *images):
    prepared = module_of(py).prepare
    try:
        return [prepared(image)[0].flatten().tolist() for image in images]
    except AssertionError:
        return "smaller than the crop"


def step(pth, py, batch, options):
    options = json.loads(options)
    checkpoint = load_checkpoint(pth)
    model = module_of(py).DenseNet()
    model.load_state_dict(checkpoint["model"], strict=True)
    parameters = dict(model.named_parameters())
    trained = [parameters[name] for name in checkpoint["optimizer_parameters"]]
    optimizer = getattr(torch.optim, checkpoint["optimizer_class"])(trained, lr=1e9)
    optimizer.load_state_dict(checkpoint["optimizer"])
    _, tensors = read_safetensors(batch)
    model.train()
    batch, images = options["batch"], tensors["images"]
    for micro, (part, labels) in enumerate(zip(images.split(batch), tensors["labels"].long().split(batch))):
        part = IMAGES.augmented(part, options["augment"], IMAGES.random_at(options["seed"], checkpoint["step"], micro))
        loss = torch.nn.functional.cross_entropy(model(part), labels, label_smoothing=options["labelSmoothing"])
        (loss * len(part) / len(images)).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), options["clip"])
    optimizer.step()
    out = {name: value.flatten().tolist() for name, value in model.state_dict().items()}
    for name, parameter in zip(checkpoint["optimizer_parameters"], trained):
        for key, value in optimizer.state[parameter].items():
            if value is not None:
                out[f"optimizer.{name}.{key}"] = torch.as_tensor(value).flatten().tolist()
    return {"lr": optimizer.param_groups[0]["lr"], "tensors": out}


def loaded(pth):
    return repr(load_checkpoint(pth))


def opcodes(pth):
    with zipfile.ZipFile(pth) as file:
        pickled = file.read("archive/data.pkl")
    operations = list(pickletools.genops(pickled))
    return [sorted({operation.name for operation, _, _ in operations}),
            sorted({argument for operation, argument, _ in operations if operation.name == "GLOBAL"})]


def summary(pth):
    checkpoint = load_checkpoint(pth)
    optimizer = checkpoint["optimizer"]
    return {"optimizer_class": checkpoint["optimizer_class"], "optimizer_parameters": checkpoint["optimizer_parameters"],
            "group": {key: value for key, value in optimizer["param_groups"][0].items() if key != "params"},
            "states": {i: list(state) for i, state in optimizer["state"].items()},
            "params": optimizer["param_groups"][0]["params"], "epoch": checkpoint["epoch"], "step": checkpoint["step"]}


IMAGES = module_of(os.path.join(EXAMPLES, "densenet_images.py"))
STATE = module_of(os.path.join(EXAMPLES, "densenet_state.py"))
for line in sys.stdin:
    what, *arguments = json.loads(line)
    print(json.dumps(globals()[what](*arguments)), flush=True)
