#!/usr/bin/python3
"""Write schedules.json: the learning rates of torch.optim.lr_scheduler, step by step, for src/densenet/train/schedules.ts.

Needs PyTorch (Debian: python3-torch). `make_schedules.py OUT [SEED]`: a seed draws other options. Each entry has `schedule`,
`options` (of SCHEDULES), `rate`, `epochs`, `updates` (per epoch), for plateau `losses` (of the validation after each epoch),
and `rates`, one per step.
"""
import json, random, sys
import torch
from torch.optim import lr_scheduler as S


def rates(make, rate, steps, per_step=None):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=rate)
    scheduler = make(optimizer)
    out = []
    for step in range(steps):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        (per_step or (lambda s, _: s.step()))(scheduler, step)
    return out


def main():
    r = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 20)
    epochs, updates, rate = r.randint(6, 12), r.randint(2, 7), r.choice([0.1, 0.03, 1.7])
    steps, entries = epochs * updates, []

    def add(schedule, options, values, **more):
        entries.append({"schedule": schedule, "options": options, "rate": rate, "epochs": epochs, "updates": updates,
                        **more, "rates": values})

    milestones, gamma = sorted(r.sample(range(1, epochs), 2)), r.choice([0.1, 0.5, 0.3])
    add("step", {"milestones": milestones, "gamma": gamma},
        rates(lambda o: S.MultiStepLR(o, [m * updates for m in milestones], gamma), rate, steps))
    low = rate * r.choice([0, 0.01, 0.2])
    add("cosine", {"minLearningRate": low}, rates(lambda o: S.CosineAnnealingLR(o, steps, low), rate, steps))
    period, factor = r.randint(1, 3), r.choice([1, 2, 3])
    add("cosine-restarts", {"restartEpochs": period, "restartFactor": factor, "minLearningRate": low},
        rates(lambda o: S.CosineAnnealingWarmRestarts(o, period, factor, low), rate, steps,
              lambda s, step: s.step((step + 1) / updates)))
    share, div, final = r.choice([0.3, 0.25, 0.5]), r.choice([25, 10]), r.choice([1e4, 100])
    add("one-cycle", {"pctStart": share, "divFactor": div, "finalDivFactor": final},
        rates(lambda o: S.OneCycleLR(o, rate, total_steps=steps, pct_start=share, div_factor=div, final_div_factor=final,
                                     cycle_momentum=False), rate, steps, lambda s, step: step + 1 < steps and s.step()))
    power = r.choice([1, 2, 0.9])
    add("polynomial", {"power": power}, rates(lambda o: S.PolynomialLR(o, steps, power), rate, steps))
    wait, by, least = r.randint(0, 2), r.choice([0.1, 0.5]), r.choice([0.0, 0.01])
    losses = [2.0 - 0.1 * min(e, 2) + r.choice([0, 0, 0.05, -0.00001, -0.3]) for e in range(epochs)]
    add("plateau", {"factor": by, "patience": wait, "threshold": 0.01, "minLearningRate": least},
        rates(lambda o: S.ReduceLROnPlateau(o, factor=by, patience=wait, threshold=0.01, min_lr=least), rate, steps,
              lambda s, step: (step + 1) % updates == 0 and s.step(losses[step // updates])), losses=losses)
    with open(sys.argv[1], "w") as f:
        json.dump(entries, f)
        f.write("\n")


main()
