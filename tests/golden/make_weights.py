#!/usr/bin/python3
"""Write small files of weights as other programs name and store them, and PyTorch's logits for them.

    make_weights.py FOLDER [--preset densenet121]

Needs what make_golden.py needs. FOLDER gets, for one network each with weights of its own:
  torchvision.safetensors   names as torchvision has them today
  legacy.safetensors        torchvision's old names (norm.1), no num_batches_tracked
  timm.safetensors          timm's names, and timm-config.json beside it
  chest-x-ray.safetensors   torchxrayvision's: one channel, 18 labels, and a buffer op_threshs
  prefixed.safetensors      old names under module.net.backbone., classifier head.fc, stored as float16, one tensor unknown
and expected.safetensors: NAME.input [N,C,H,W] and NAME.logits [N,classes] for each, computed in float64.
`--preset` takes DenseNet-121 at 224x224 instead of a tiny network: too large to keep, made to be tried by hand.
"""
import argparse, json, re
from pathlib import Path
import torch
from make_golden import DEFAULTS, build, save

SMALL = dict(stem="imagenet", growth=4, init=8, blocks=[2, 3], classes=5, size=32)
PRESETS = {"densenet121": dict(stem="imagenet", growth=32, init=64, blocks=[6, 12, 24, 16], classes=1000, size=224)}
LEGACY = (r"(denselayer\d+\.(?:norm|conv))([12]\.)", r"\1.\2")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path)
    p.add_argument("--preset", choices=PRESETS)
    a = p.parse_args()
    a.folder.mkdir(parents=True, exist_ok=True)
    base = PRESETS[a.preset] if a.preset else SMALL
    expected = {}

    def network(name, seed, half=False, **changes):
        c = {**DEFAULTS, **base, **changes, "seed": seed}
        c["width"] = c["size"]
        model = build(c).eval()
        if half:
            model.load_state_dict({k: v.half().float() if v.is_floating_point() else v
                                   for k, v in model.state_dict().items()})
        x = torch.randn(2, c["channels"], c["size"], c["size"])
        with torch.no_grad():
            expected[f"{name}.input"], expected[f"{name}.logits"] = x, model.double()(x.double()).float()
        return c, {k: v.float() if v.is_floating_point() else v for k, v in model.state_dict().items()}

    untracked = lambda state: {k: v for k, v in state.items() if "num_batches" not in k}
    old = lambda state: {re.sub(*LEGACY, k): v for k, v in untracked(state).items()}
    write = lambda name, state: save(a.folder / f"{name}.safetensors", state, {"format": "pt"})

    _, state = network("torchvision", 21)
    write("torchvision", state)
    _, state = network("legacy", 22)
    write("legacy", old(state))
    c, state = network("timm", 23)
    write("timm", state)
    config = {"architecture": a.preset or "densenet", "num_classes": c["classes"], "num_features": 1024, "pretrained_cfg": {
        "tag": "a_tag", "custom_load": False, "input_size": [3, c["size"], c["size"]], "fixed_input_size": False,
        "interpolation": "bicubic", "crop_pct": 0.8, "crop_mode": "center", "mean": [0.5, 0.4, 0.3],
        "std": [0.2, 0.25, 0.3], "num_classes": c["classes"], "pool_size": [1, 1], "first_conv": "features.conv0",
        "classifier": "classifier"}, "label_names": [f"label {i}" for i in range(c["classes"])]}
    (a.folder / "timm-config.json").write_text(json.dumps(config, indent=2) + "\n")
    _, state = network("chest-x-ray", 24, channels=1, classes=18)
    write("chest-x-ray", {**state, "op_threshs": torch.full((18,), 0.1)})
    _, state = network("prefixed", 25, half=True)
    prefixed = {}
    for name, v in old(state).items():
        v = v.half()
        name = name.replace("classifier.", "head.fc.") if name.startswith("classifier") else f"backbone.{name}"
        prefixed[f"module.net.{name}"] = v
    write("prefixed", {**prefixed, "module.net.temperature": torch.ones(1)})
    save(a.folder / "expected.safetensors", expected, {"torch": torch.__version__})


if __name__ == "__main__":
    main()
