#!/usr/bin/python3
"""Write golden files of fine-tuning: what PyTorch makes of a DenseNet of which only a part is trained.

    make_fine_tuning.py OUT.safetensors PART --config '{"growth":5,"blocks":[2,2],...}'

PART is classifier, last-block or from-block-N, as `densenet train --fine-tune` takes it. What comes before the part runs
in evaluation mode (running statistics, which stay), requires no gradient and is not given to the optimizer. The format
is make_golden.py's, of which it holds input, labels, param.NAME, steps.loss and after.NAME; PART is in the metadata as
"trainable".
"""
import argparse, copy, json
import torch
from torch import nn
import make_golden as golden


def split(model, part):
    """Freezes what the part does not train. Returns the modules that stay as they are."""
    f = model.features
    names = list(f._modules)
    blocks = [n for n in names if n.startswith("denseblock")]
    if part == "classifier":
        frozen = names
    else:
        first = blocks[-1] if part == "last-block" else blocks[int(part.rpartition("-")[2]) - 1]
        frozen = names[:names.index(first)]
    for n in frozen:
        f._modules[n].requires_grad_(False)
    return [f._modules[n] for n in frozen]


def run(c, part, model, x, labels):
    frozen = split(model, part)
    trained = [p for p in model.parameters() if p.requires_grad]
    of = copy.copy(model)
    of.parameters = lambda: iter(trained)
    opt = golden.optimizer_of(c, of)
    losses = []
    for _ in range(c["steps"]):
        model.train()
        for m in frozen:
            m.eval()
        opt.zero_grad()
        loss = golden.loss_of(c, model(x), labels)
        losses.append(loss.detach())
        loss.backward()
        if c["clip"]:
            nn.utils.clip_grad_norm_(trained, c["clip"])
        opt.step()
    out = {f"after.{k}": v.detach().clone() for k, v in model.state_dict().items() if "num_batches" not in k}
    return {"steps.loss": torch.stack(losses), **out}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    p.add_argument("part")
    p.add_argument("--config", default="{}")
    a = p.parse_args()
    c = {**golden.DEFAULTS, **json.loads(a.config)}
    c["init"] = c["init"] or 2 * c["growth"]
    c["width"] = c["width"] or c["size"]
    model = golden.build(c)
    x = torch.randn(c["batch"], c["channels"], c["size"], c["width"])
    labels = torch.randint(0, c["classes"], (c["batch"],))
    params = {f"param.{k}": v.clone() for k, v in model.state_dict().items() if "num_batches" not in k}
    f64 = run(c, a.part, copy.deepcopy(model).double(), x.double(), labels)
    moved = x.double() * (1 + golden.HALF_ULP * torch.randn_like(x).double())
    runs = [run(c, a.part, copy.deepcopy(model), x, labels)] + \
        [run(c, a.part, golden.jitter(copy.deepcopy(model).double()), moved, labels)]
    error = {k: max(float((r[k].double() - v).norm() / (v.norm() + 1e-30)) for r in runs) for k, v in f64.items()}
    golden.save(a.out, {"input": x, "labels": labels, **params, **f64},
                {"config": json.dumps(c), "f32_error": json.dumps(error), "trainable": a.part,
                 "torch": torch.__version__})
    worst = max(error, key=error.get)
    print(f"{a.out}: losses {[round(float(v), 4) for v in f64['steps.loss']]}; float32 error, worst: "
          f"{worst} {error[worst]:.1e}")


if __name__ == "__main__":
    main()
