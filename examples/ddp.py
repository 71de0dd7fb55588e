#!/usr/bin/env python3
"""Goes on with a run of `densenet train` on many GPUs or machines, with PyTorch's DistributedDataParallel, and gives back a state
that `densenet train --resume` goes on from. One process per GPU (NCCL), or on CPUs (gloo):

    densenet train --data DATA --state run.safetensors --accumulate 8 …    # interrupted
    examples/ddp.py run.safetensors --data DATA --out run2.safetensors --updates 1000 --processes 8
    densenet train --resume run2.safetensors --data DATA

On many machines, one of these on each:
    torchrun --nnodes 4 --nproc_per_node 8 --rdzv_backend c10d --rdzv_endpoint HOST examples/ddp.py …

An update's images are those that one GPU would have: its micro-batches (`--accumulate`) are shared out among the processes, and
running statistics are merged in their order, so that the result differs by rounding only. Where there are fewer micro-batches than
processes, each is split, and batch norms see the smaller ones from then on, as with DistributedDataParallel anywhere; the state
that is given back says so in `batch` and `accumulate`. Prints a line of JSON per update.
"""
import argparse, contextlib, json, math, os, socket, subprocess, sys, time

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel

from densenet_images import DataError, EpochShape, augmented, images_of_run, permutation, random_at
from densenet_state import (DenseNet, State, StateError, check_supported, is_complete, learning_rate, make_optimizer, take_state,
                            training_id)

MOMENTUM = 0.1  # of running statistics: PyTorch's default, and the run's


def share_out(run, processes):
    """How many micro-batches of an update are each process's; splits the run's where there are too few. @raise StateError"""
    hyperparameters = run["hyperparameters"]
    batch, accumulate = hyperparameters["batch"], hyperparameters["accumulate"]
    parts = processes // math.gcd(accumulate, processes)
    if batch % parts:
        raise StateError(f"{processes} processes would split batches of {batch} into {parts} unequal parts: use others")
    if parts > 1:
        hyperparameters.update(batch=batch // parts, accumulate=accumulate * parts)
        note(f"batches of {batch} are split: batch norms see {batch // parts} images (--batch {batch // parts} "
             f"--accumulate {accumulate * parts}) from here on")
    return hyperparameters["accumulate"] // processes


def note(text):
    if rank() == 0:
        print(text, file=sys.stderr)


def rank():
    return dist.get_rank() if dist.is_initialized() else 0


def world():
    return dist.get_world_size() if dist.is_initialized() else 1


def summed(values, device):
    """The sums over all processes, of a list of numbers."""
    total = torch.tensor(values, dtype=torch.float64, device=device)
    if dist.is_initialized():
        dist.all_reduce(total)
    return total.tolist()


class Training:
    def __init__(self, state, data, device):
        self.state, self.run, self.device = state, state.run, device
        check_supported(self.run)
        if is_complete(self.run):
            raise StateError("the run has come to its end: there is nothing to go on with")
        asked = dict(self.run["hyperparameters"])
        self.share = share_out(self.run, world())
        self.is_split = asked != self.run["hyperparameters"]
        self.shape = EpochShape(self.run)
        if self.shape.updates != self.run["updatesPerEpoch"]:
            raise StateError("batches so split would leave out images that the run has: use other processes, or --drop-last")
        self.training, self.validation = images_of_run(data, self.run)
        self.model = DenseNet(self.run["hyperparameters"]["config"])
        network = {name: value for name, value in state.tensors.items() if not name.startswith("optimizer.")}
        self.model.load_state_dict(network, strict=True)
        self.model.to(device)
        self.optimizer = make_optimizer(state, self.model)
        # Buffers are not broadcast: running statistics are merged below.
        self.parallel = DistributedDataParallel(self.model, broadcast_buffers=False) if dist.is_initialized() else self.model
        self.statistics = [buffer for name, buffer in self.model.named_buffers() if "running_" in name]
        self.order = None

    def update(self):
        """One step of the optimizer, over the next images of the epoch."""
        metrics, hyperparameters = self.run["runningMetrics"], self.run["hyperparameters"]
        epoch, index = len(self.run["epochs"]), metrics["updates"]
        if self.order is None or self.order[0] != epoch:
            self.order = epoch, permutation(len(self.training.labels), hyperparameters["seed"], epoch)
        micro_batches, images = self.shape.micro_batches(index), self.shape.images_of(index)
        shares = [micro_batches[first:first + self.share] for first in range(0, world() * self.share, self.share)]
        before = torch.cat(self.statistics)
        self.model.train()
        self.optimizer.zero_grad()
        loss, correct = 0.0, 0
        # An epoch's last update may have fewer micro-batches than processes: who has none takes part with one that counts nothing.
        for i, (start, end) in enumerate(shares[rank()] or micro_batches[:1]):
            weight = (end - start) / images if shares[rank()] else 0
            pixels, labels = self.training.batch(self.order[1][start:end], hyperparameters["normalisation"], self.device)
            seed = random_at(hyperparameters["seed"], self.state.step, rank() * self.share + i)
            pixels = augmented(pixels, hyperparameters["augment"], seed)
            # Gradients are averaged over the processes once per update.
            last = i + 1 >= len(shares[rank()])
            with contextlib.nullcontext() if last or not dist.is_initialized() else self.parallel.no_sync():
                logits = self.parallel(pixels)
                mean = F.cross_entropy(logits, labels, label_smoothing=hyperparameters["labelSmoothing"])
                (mean * (weight * world())).backward()
            loss += weight * mean.item()
            correct += (logits.argmax(1) == labels).sum().item() if weight else 0
        self.merge_statistics(before, [len(share) for share in shares])
        if hyperparameters["clip"]:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), hyperparameters["clip"])
        rate = learning_rate(hyperparameters, self.run["updatesPerEpoch"], self.state.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss, correct = summed([loss, correct], self.device)
        if not math.isfinite(loss):
            raise StateError(f"the loss of update {self.state.step + 1} is {loss}: lower the learning rate or clip the gradients")
        self.optimizer.step()
        # In units of a whole update: an epoch's last one may be smaller.
        metrics.update(updates=index + 1, loss=metrics["loss"] + images / self.shape.update * loss,
                       correct=metrics["correct"] + round(correct), learningRate=rate)
        return {"update": self.state.step, "epoch": epoch + 1, "loss": loss, "learningRate": rate}

    def merge_statistics(self, before, counts):
        """
        As if one process had seen all micro-batches in order. n of them make `d^n before + own` of a statistic, d = 0.9; the n that
        later processes have then weigh `own` down by d^n.
        """
        decay = 1 - MOMENTUM
        own = torch.cat(self.statistics) - decay ** counts[rank()] * before
        own = own * decay ** sum(counts[rank() + 1:]) if counts[rank()] else torch.zeros_like(before)
        if dist.is_initialized():
            dist.all_reduce(own)
        merged = decay ** sum(counts) * before + own
        for buffer, values in zip(self.statistics, merged.split([buffer.numel() for buffer in self.statistics])):
            buffer.copy_(values)

    @torch.no_grad()
    def end_epoch(self, seconds, images_per_second):
        """Validation, then the epoch's metrics are among the run's."""
        metrics = self.run["runningMetrics"]
        accuracy, loss = self.validated() if self.validation else (None, None)
        self.run["epochs"].append({
            "loss": metrics["loss"] / (self.shape.images / self.shape.update),
            "accuracy": metrics["correct"] / self.shape.images, "validationAccuracy": accuracy, "validationLoss": loss,
            "learningRate": metrics["learningRate"], "imagesPerSecond": images_per_second, "seconds": seconds})
        self.run["runningMetrics"] = {"updates": 0, "loss": 0, "correct": 0, "learningRate": 0}

    def validated(self):
        """Accuracy and loss of the validation images, of which each process takes a part."""
        hyperparameters, count = self.run["hyperparameters"], len(self.validation.labels)
        self.model.eval()
        loss, correct = 0.0, 0
        for indices in torch.arange(rank(), count, world()).split(hyperparameters["batch"]):
            pixels, labels = self.validation.batch(indices, hyperparameters["normalisation"], self.device)
            logits = self.model(pixels)
            loss += F.cross_entropy(logits, labels, reduction="sum").item()
            correct += (logits.argmax(1) == labels).sum().item()
        loss, correct = summed([loss, correct], self.device)
        return correct / count, loss / count

    def go(self, updates, save_every, save):
        """So many updates at most, to the end of the run. Validation belongs to the last update of an epoch."""
        started, before, done = time.monotonic(), self.run["seconds"], 0
        while done < updates and not is_complete(self.run):
            if self.run["runningMetrics"]["updates"] < self.run["updatesPerEpoch"]:
                line, done = self.update(), done + 1
                if rank() == 0:
                    print(json.dumps(line), flush=True)
            self.run["seconds"] = before + time.monotonic() - started
            if self.run["runningMetrics"]["updates"] == self.run["updatesPerEpoch"]:
                self.end_epoch(self.run["seconds"], self.shape.update * done / max(1e-3, self.run["seconds"] - before))
            if rank() == 0 and done % save_every == 0:
                save()

    def write(self, path):
        """The state, as one that this engine made: `--resume` says that it was another."""
        device = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "CPU"
        self.run["engine"] = {"version": f"PyTorch {torch.__version__}", "host": "python", "plan": f"{world()} processes",
                              "gpu": f"{world()} x {device}"}
        training = json.loads(self.state.metadata.get("training", "{}"))
        if self.is_split:
            training["id"] = training_id(self.run)
        training.update(updates=self.state.step, interrupted=not is_complete(self.run),
                        batch=self.run["hyperparameters"]["batch"], accumulate=self.run["hyperparameters"]["accumulate"],
                        validation=self.run["epochs"][-1]["validationAccuracy"] if self.run["epochs"] else None)
        # The card is prose about the run where it stood; --resume writes a new one.
        metadata = {key: text for key, text in self.state.metadata.items() if key != "model_card"}
        self.state.metadata = {**metadata, "training": json.dumps(training)}
        take_state(self.state, self.model, self.optimizer)
        self.state.write(path)


def start(processes):
    """So many processes of this program on this machine; where one fails, the others are ended. Gives the exit code."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(processes)}
    running = [subprocess.Popen([sys.executable, *sys.argv], env={**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)})
               for rank in range(processes)]
    failed = 0
    try:
        while not failed and any(process.poll() is None for process in running):
            time.sleep(0.05)
            failed = next((process.returncode for process in running if process.poll()), 0)
    finally:
        for process in running:
            process.terminate()
            process.wait()
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("state", help="a state of densenet train")
    parser.add_argument("--data", required=True, help="the run's images: .npz, or a folder of CIFAR's binary files or IDX")
    parser.add_argument("--out", required=True, help="where to write the state")
    parser.add_argument("--updates", type=int, default=sys.maxsize, help="so many updates at most (default: all of the run)")
    parser.add_argument("--save-every", type=int, default=1000, help="write the state after so many updates too (default: 1000)")
    parser.add_argument("--processes", type=int, default=1, help="processes on this machine, where torchrun does not start them")
    options = parser.parse_args()
    if options.processes > 1 and "RANK" not in os.environ:
        sys.exit(start(options.processes))
    if os.path.exists(options.out):
        parser.error(f"--out {options.out} exists: choose another file")
    cuda = torch.cuda.is_available()
    if "RANK" in os.environ:
        dist.init_process_group("nccl" if cuda else "gloo")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if cuda else torch.device("cpu")
    try:
        training = Training(State(options.state), options.data, device)
        training.go(options.updates, options.save_every, lambda: training.write(options.out))
        if rank() == 0:
            training.write(options.out)
            note(f"{options.out}: after {training.state.step} updates; go on with: densenet train --resume {options.out}")
    except (DataError, StateError, OSError) as error:
        note(f"ddp.py: {error}")
        end(1)
    end(0)


def end(code):
    """Ends a process of several at once: taking gloo's group apart waits forever now and then (seen with torch 1.13)."""
    if code == 0 and dist.is_initialized():
        dist.barrier()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
