#!/usr/bin/env python3
"""What PyTorch's own unpickler for weights reads in each file of a folder: load_files.py FOLDER

Prints a JSON object: file to null where it refuses the file, else to the tensors of each dict in it, by the dict's path, each as
[shape, SHA-256 of its elements].
"""
import hashlib, json, os, sys, warnings

warnings.filterwarnings("ignore")
import torch


def tensors(value, path=""):
    """The tensors of a dict and of all dicts in it."""
    if not isinstance(value, dict):
        return {}
    own = {}
    for name, tensor in value.items():
        if isinstance(name, str) and isinstance(tensor, torch.Tensor):
            data = tensor.detach().contiguous().flatten().view(torch.uint8) if tensor.numel() else torch.zeros(0, dtype=torch.uint8)
            own[name] = [list(tensor.shape), hashlib.sha256(data.numpy().tobytes()).hexdigest()]
    found = {path: own} if own else {}
    for name, inner in value.items():
        if isinstance(name, str):
            found.update(tensors(inner, f"{path}.{name}" if path else name))
    return found


out = {}
for file in sorted(os.listdir(sys.argv[1])):
    try:
        out[file] = tensors(torch.load(os.path.join(sys.argv[1], file), map_location="cpu", weights_only=True))
    except Exception:
        out[file] = None
print(json.dumps(out))
