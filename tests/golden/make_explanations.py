#!/usr/bin/python3
"""Write an explanation golden: what PyTorch's autograd says explains a DenseNet's logits, for the engine to be held against.

Needs what make_golden.py beside it needs, and takes the same --config keys (loss and optimizer do not matter).

    make_explanations.py OUT.safetensors --config '{"stem":"cifar","growth":12,"blocks":[3,3,3],...}'

Everything is computed in float64, in evaluation mode, for one class an image (`labels`), on the logit before any softmax,
with respect to the network's own float input. Tensors (float32, NCHW) beside input, labels and param.NAME:
  logits [N,classes]
  grad.input          d logit / d input
  gradcam.MODULE      [N,H,W] sum over c of (mean over H,W of d logit / d A[c]) * A[c], signed; MODULE as in torchvision,
                      A its output: denseblockN, transitionN, norm5, the stem (pool0 or conv0); relu5 = relu(norm5)
  cam                 [N,H,W] sum over c of weight[label][c] * relu5[c]
  smoothgrad          of the first image: mean of grad.input at input + noise, noise as in `noise` below
  ig.RULE             [C,H,W] of the first image: integrated gradients from 0, points and weights as Captum's RULE
  occlusion           [H,W] of the first image, as Captum's Occlusion with a window over all channels
The metadata's "explain" (JSON) holds the options: samples, level, seed; steps; window, stride, baseline.
"""
import argparse, json
import numpy as np
import torch
import torch.nn.functional as F
from make_golden import DEFAULTS, build, save

EXPLAIN = dict(samples=5, level=0.15, seed=7, steps=6, window=[7, 6], stride=[5, 4], baseline=0.25)
RULES = ("gausslegendre", "riemann_middle", "riemann_trapezoid", "riemann_left", "riemann_right")


def random_at(seed, stream, index):
    """x of pcg3d (Jarzynski and Olano, JCGT 9(3), 2020), uint32."""
    with np.errstate(over="ignore"):
        x, y, z = (np.broadcast_to(np.uint32(v), index.shape) * np.uint32(1664525) + np.uint32(1013904223)
                   for v in (seed, stream, index))
        x = x + y * z; y = y + z * x; z = z + x * y
        x, y, z = x ^ (x >> np.uint32(16)), y ^ (y >> np.uint32(16)), z ^ (z >> np.uint32(16))
        return x + y * z


def noise(image, sample, level, seed):
    """Sample `sample` of the library's noise: float32 of sigma times the normal quantile of each counter's number."""
    u = random_at(seed, sample, np.arange(image.numel(), dtype=np.uint32))
    normal = torch.special.ndtri(torch.from_numpy((u.astype(np.float64) + 0.5) / 2 ** 32))
    sigma = level * float(image.max() - image.min())
    return (sigma * normal).float().reshape(image.shape)


def points(rule, n):
    if rule == "gausslegendre":
        x, w = np.polynomial.legendre.leggauss(n)
        return (1 + x) / 2, w / 2
    alpha = dict(riemann_left=np.linspace(0, 1 - 1 / n, n), riemann_right=np.linspace(1 / n, 1, n),
                 riemann_middle=np.linspace(1 / (2 * n), 1 - 1 / (2 * n), n), riemann_trapezoid=np.linspace(0, 1, n))[rule]
    w = np.full(n, 1 / n)
    if rule == "riemann_trapezoid":
        w[[0, -1]] /= 2
    return alpha, w


def gradient(model, x, labels):
    x = x.clone().requires_grad_(True)
    model(x).gather(1, labels[:, None]).sum().backward()
    return x.grad


def modules(model):
    named = dict(model.features.named_children())
    stem = "pool0" if "pool0" in named else "conv0"
    return [stem] + [name for name in named if name.startswith(("denseblock", "transition"))] + ["norm5"]


def grad_cams(model, x, labels):
    kept = {}
    hooks = [getattr(model.features, name).register_forward_hook(lambda m, i, y, name=name: kept.update({name: y}))
             for name in modules(model)]
    features = model.features(x)
    kept["relu5"] = F.relu(features)
    pooled = torch.flatten(F.adaptive_avg_pool2d(kept["relu5"], (1, 1)), 1)
    score = model.classifier(pooled).gather(1, labels[:, None]).sum()
    for hook in hooks:
        hook.remove()
    grads = torch.autograd.grad(score, list(kept.values()))
    maps = {f"gradcam.{name}": (g.mean((2, 3), keepdim=True) * a).sum(1) for (name, a), g in zip(kept.items(), grads)}
    maps["cam"] = (model.classifier.weight[labels][:, :, None, None] * kept["relu5"]).sum(1)
    return maps


def occlusion(model, x, label, window, stride, baseline):
    height, width = x.shape[-2:]
    total, covers, whole = torch.zeros(height, width, dtype=x.dtype), torch.zeros(height, width), model(x)[0, label]
    for top in range(0, (-(-(height - window[0]) // stride[0])) * stride[0] + 1, stride[0]):
        for left in range(0, (-(-(width - window[1]) // stride[1])) * stride[1] + 1, stride[1]):
            covered = x.clone()
            covered[..., top:top + window[0], left:left + window[1]] = baseline
            total[top:top + window[0], left:left + window[1]] += whole - model(covered)[0, label]
            covers[top:top + window[0], left:left + window[1]] += 1
    return total / covers


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    p.add_argument("--config", default="{}")
    a = p.parse_args()
    c = {**DEFAULTS, **json.loads(a.config)}
    c["init"] = c["init"] or 2 * c["growth"]
    c["width"] = c["width"] or c["size"]
    model = build(c).eval()
    params = {f"param.{k}": v.clone() for k, v in model.state_dict().items() if "num_batches" not in k}
    x = torch.randn(c["batch"], c["channels"], c["size"], c["width"])
    labels = torch.randint(0, c["classes"], (c["batch"],))
    model, exact = model.double(), x.double()
    out = {"logits": model(exact), "grad.input": gradient(model, exact, labels), **grad_cams(model, exact, labels)}
    first, label, e = x[:1], labels[:1], EXPLAIN
    noisy = [gradient(model, (first + noise(first, s, e["level"], e["seed"])).double(), label) for s in range(e["samples"])]
    out["smoothgrad"] = torch.stack(noisy).mean(0)[0]
    for rule in RULES:
        grads = [w * gradient(model, a * first.double(), label) for a, w in zip(*points(rule, e["steps"]))]
        out[f"ig.{rule}"] = (torch.stack(grads).sum(0) * first.double())[0]
    with torch.no_grad():
        out["occlusion"] = occlusion(model, exact[:1], int(labels[0]), e["window"], e["stride"], e["baseline"])
    save(a.out, {"input": x, "labels": labels, **params, **{k: v.detach().float() for k, v in out.items()}},
         {"config": json.dumps(c), "explain": json.dumps(e), "torch": torch.__version__})
    print(f"{a.out}: {', '.join(out)}")


if __name__ == "__main__":
    main()
