#!/usr/bin/env python3
"""Measure what PyTorch does with the same networks on the same card, for bench:gpu's figures to stand beside.

    pytorch.py [--device cuda] [--rows densenet121:training:32,...] [--ways eager,...] [--seconds 10] [--json FILE]

Needs PyTorch alone. A row is MODEL:MODE:BATCH, MODE inference or training (forward, loss, backward, SGD with Nesterov
momentum). Ways:
  eager             float32, TF32 off: the arithmetic that the WebGPU kernels do
  eager-tf32        float32, TF32 on for convolutions and matrix products
  amp-nhwc          channels_last, autocast to float16 (with loss scaling in training), TF32 on
  graphs            eager, a whole step recorded as one CUDA graph
  graphs-tf32       the same, TF32 on
  graphs-amp-nhwc   amp-nhwc without loss scaling, recorded as one CUDA graph
  compile           torch.compile, TF32 off
  compile-tf32      torch.compile, TF32 on
  compile-graphs    torch.compile with CUDA graphs (mode "reduce-overhead"), TF32 off
  compile-graphs-tf32   the same, TF32 on
Each: warm-up, then steps one by one, each timed to its end, until there are 50 or the seconds are over; median, 5th and
95th percentile. Images and labels lie on the card already; compiling and recording are told apart and not counted. What
cannot be done is a row with its problem; the file is written anew after each row. torch.compile may take minutes a row:
where time is short, leave it out of --ways.
"""
import argparse, contextlib, datetime, json, os, platform, statistics, sys, time
import torch
from torch import nn
import torch.nn.functional as F

# growth, layers of the blocks, channels after the stem, bottleneck width (0: none), compression, classes, height = width
PRESETS = {
    "densenet121": (32, (6, 12, 24, 16), 64, 4, 0.5, 1000, 224),
    "densenet169": (32, (6, 12, 32, 32), 64, 4, 0.5, 1000, 224),
    "densenet201": (32, (6, 12, 48, 32), 64, 4, 0.5, 1000, 224),
    "densenet161": (48, (6, 12, 36, 24), 96, 4, 0.5, 1000, 224),
    "bc-100-12": (12, (16, 16, 16), 24, 4, 0.5, 10, 32),
    "bc-190-40": (40, (31, 31, 31), 80, 4, 0.5, 10, 32),
    "plain-40-12": (12, (12, 12, 12), 16, 0, 1.0, 10, 32),
}
ROWS = "densenet121:training:32,densenet121:inference:1,densenet121:inference:8,densenet121:inference:32,bc-100-12:training:64,bc-100-12:inference:64"
WAYS = ["eager", "eager-tf32", "amp-nhwc", "compile", "compile-tf32", "compile-graphs", "compile-graphs-tf32", "graphs",
        "graphs-tf32", "graphs-amp-nhwc"]
WARM_UPS, REPEATS, LEAST = 5, 50, 3


class Layer(nn.Module):
    """BN-ReLU-Conv1x1-BN-ReLU-Conv3x3, or BN-ReLU-Conv3x3; its input is the concatenation of all outputs before it."""

    def __init__(self, inputs, growth, bottleneck):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        if bottleneck:
            self.conv1 = nn.Conv2d(inputs, bottleneck * growth, 1, bias=False)
            self.norm2 = nn.BatchNorm2d(bottleneck * growth)
            self.conv2 = nn.Conv2d(bottleneck * growth, growth, 3, padding=1, bias=False)
        else:
            self.conv1 = nn.Conv2d(inputs, growth, 3, padding=1, bias=False)
        self.bottleneck = bottleneck

    def forward(self, features):
        x = self.conv1(F.relu(self.norm1(torch.cat(features, 1)), inplace=True))
        return self.conv2(F.relu(self.norm2(x), inplace=True)) if self.bottleneck else x


class DenseNet(nn.Module):
    def __init__(self, growth, blocks, channels, bottleneck, compression, classes, size):
        super().__init__()
        if size > 64:
            self.stem = nn.Sequential(nn.Conv2d(3, channels, 7, 2, 3, bias=False), nn.BatchNorm2d(channels),
                                      nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1))
        else:
            self.stem = nn.Conv2d(3, channels, 3, padding=1, bias=False)
        self.blocks, self.transitions = nn.ModuleList(), nn.ModuleList()
        for b, layers in enumerate(blocks):
            self.blocks.append(nn.ModuleList(Layer(channels + i * growth, growth, bottleneck) for i in range(layers)))
            channels += layers * growth
            if b + 1 < len(blocks):
                out = int(channels * compression)
                self.transitions.append(nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(inplace=True),
                                                      nn.Conv2d(channels, out, 1, bias=False), nn.AvgPool2d(2)))
                channels = out
        self.norm5 = nn.BatchNorm2d(channels)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.stem(x)
        for b, block in enumerate(self.blocks):
            features = [x]
            for layer in block:
                features.append(layer(features))
            x = torch.cat(features, 1)
            if b < len(self.transitions):
                x = self.transitions[b](x)
        return self.classifier(F.relu(self.norm5(x), inplace=True).mean((2, 3)))


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def step_of(model, x, labels, training, amp, graphs, device):
    """One step as a function of nothing that gives a tensor; what it needs is made here, once."""
    def cast():  # a graph must not keep weights that were cast outside of it
        return torch.autocast(device.type, dtype=torch.float16, cache_enabled=not graphs) if amp else contextlib.nullcontext()

    if not training:
        def infer():
            with torch.no_grad(), cast():
                return model(x)
        return infer
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9, nesterov=True, weight_decay=1e-4)
    scaler = torch.cuda.amp.GradScaler(enabled=amp and not graphs)

    def train():
        optimizer.zero_grad(set_to_none=True)
        with cast():
            loss = F.cross_entropy(model(x), labels)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        return loss.detach()
    return train


def graph_of(step):
    """The step as one CUDA graph, recorded after some steps on another stream, as PyTorch wants it."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        out = step()

    def replay():
        graph.replay()
        return out
    return replay


def measure(model_name, mode, batch, way, device, seconds):
    tf32, amp = way.endswith("tf32") or "amp" in way, "amp" in way
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cudnn.benchmark = True
    if device.type != "cuda" and (amp or "graphs" in way):
        raise RuntimeError(f"{way} needs a CUDA device")
    if way.startswith("compile") and not hasattr(torch, "compile"):
        raise RuntimeError(f"PyTorch {torch.__version__} has no torch.compile")
    *shape, classes, size = PRESETS[model_name]
    torch.manual_seed(1)
    layout = torch.channels_last if amp else torch.contiguous_format
    model = DenseNet(*shape, classes, size).to(device).to(memory_format=layout).train(mode == "training")
    x = torch.randn(batch, 3, size, size, device=device).contiguous(memory_format=layout)
    labels = torch.randint(classes, (batch,), device=device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    compiled, recorded = way.startswith("compile"), way.startswith("graphs")
    # With CUDA graphs torch.compile records them itself.
    how = {"mode": "reduce-overhead"} if "graphs" in way else {}
    runner = torch.compile(model, **how) if compiled else model
    step = step_of(runner, x, labels, mode == "training", amp, recorded, device)
    if recorded:
        step = graph_of(step)
    warm_up = []
    for _ in range(WARM_UPS if device.type == "cuda" else 1):
        before = time.perf_counter()
        out = step()
        synchronize(device)
        warm_up.append(1000 * (time.perf_counter() - before))
    preparation = 1000 * (time.perf_counter() - start)
    if not bool(torch.isfinite(out).all()):
        raise RuntimeError("its result is not finite")
    times, begun = [], time.perf_counter()
    while len(times) < REPEATS and (len(times) < LEAST or time.perf_counter() - begun < seconds):
        before = time.perf_counter()
        step()
        synchronize(device)
        times.append(1000 * (time.perf_counter() - before))
    cuts = statistics.quantiles(times, n=20, method="inclusive")
    median = statistics.median(times)
    return {
        "preparation": preparation, "warmUp": warm_up,
        "milliseconds": {"median": median, "p5": cuts[0], "p95": cuts[-1], "repeats": len(times)},
        "imagesPerSecond": 1000 * batch / median,
        "peakBytes": torch.cuda.max_memory_allocated() if device.type == "cuda" else None,
        "parameters": sum(p.numel() for p in model.parameters()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--rows", default=ROWS)
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--json")
    args = parser.parse_args()
    workloads = [parse_workload(text) for text in args.rows.split(",")]
    ways = args.ways.split(",")
    for way in ways:
        if way not in WAYS:
            sys.exit(f"pytorch.py: --ways: {way} is not one of {', '.join(WAYS)}")
    if args.device == "cuda" and not torch.cuda.is_available():
        sys.exit("pytorch.py: PyTorch finds no CUDA device; --device cpu measures the processor")
    device = torch.device(args.device)
    name = torch.cuda.get_device_name() if args.device == "cuda" else platform.processor() or platform.machine()
    print(f"PyTorch {torch.__version__} on {name}")
    if args.device == "cpu":
        print("on a processor: none of these are figures of a GPU")
    report = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(), "torch": torch.__version__,
              "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(), "device": name, "rows": []}
    # Way after way: what might leave a card's context broken comes after all that does not.
    for way in ways:
        for text, (model, mode, batch) in zip(args.rows.split(","), workloads):
            row = {"model": model, "mode": mode, "batch": batch, "way": way}
            try:
                row.update(measure(model, mode, batch, way, device, args.seconds))
                ms = row["milliseconds"]
                print(f"{text} {way}: {row['imagesPerSecond']:.4g} images/s, "
                      f"{ms['median']:.4g} / {ms['p5']:.4g} / {ms['p95']:.4g} ms (median, p5, p95)", flush=True)
            except Exception as error:  # a way that this PyTorch or this card does not have must not end the others
                row["problem"] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
                print(f"{text} {way}: {row['problem']}", flush=True)
            report["rows"].append(row)
            if args.json:
                # Whole or not at all: it may be ended at any time.
                with open(args.json + ".part", "w") as file:
                    json.dump(report, file, indent=1)
                os.replace(args.json + ".part", args.json)
            if device.type == "cuda":
                torch.cuda.empty_cache()


def parse_workload(text):
    model, _, rest = text.partition(":")
    mode, _, batch = rest.partition(":")
    if model not in PRESETS or mode not in ("inference", "training") or not batch.isdigit() or int(batch) < 1:
        sys.exit(f"pytorch.py: --rows: {text} is not MODEL:MODE:BATCH with a model of {', '.join(PRESETS)}")
    return model, mode, int(batch)


if __name__ == "__main__":
    main()
