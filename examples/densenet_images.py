"""The images of a run of `densenet train` in Python: read, split, in the order of its epochs, mirrored and shifted as the run does.

Arrays are read: `.npz` (MedMNIST's and Keras' arrays), CIFAR's binary version, IDX (MNIST and its family). Of anything else, such as
photographs in folders, `densenet data PATH --write images.npz` makes such a file; the pixels are then those that the run has.
"""
import gzip, hashlib, math, os, shlex, zipfile

import numpy
import torch
from torch import nn


class DataError(Exception):
    """What is wrong with images, or how they are to be given; one sentence."""


# --- The images ---------------------------------------------------------------------------------------------------------------


class Images:
    """`pixels` [N][C][H][W] as bytes and `labels` [N]."""

    def __init__(self, pixels, labels):
        self.pixels, self.labels = pixels, labels.long()

    def matches(self, fingerprint):
        """Whether these are the images of which a run has recorded this."""
        expected = [fingerprint[key] for key in ("channels", "height", "width", "pixels", "labels")]
        return [*self.pixels.shape[1:], sha256(self.pixels), sha256(self.labels.int())] == expected

    def batch(self, indices, normalisation, device):
        """Normalised pixels and labels: (pixel / 255 - mean) / std, as one multiplication and one addition."""
        mean, std = (torch.tensor(normalisation[key], dtype=torch.float64) for key in ("mean", "std"))
        scale, shift = ((1 / (255 * std)).float(), (-mean / std).float())
        at = lambda values: values.view(-1, 1, 1).to(device)
        return self.pixels[indices].to(device).float() * at(scale) + at(shift), self.labels[indices].to(device)


def images_of_run(path, run):
    """Training and validation images of a run (None where it has no validation); those that it was started with. @raise DataError"""
    if not os.path.exists(path):
        raise DataError(f"{path} is no file or folder")
    parts = read_arrays(path)
    options = run["about"].get("dataset", {})
    if "train" in parts and not options.get("val"):
        share = options.get("valSplit")
        if share and "val" not in parts and not options.get("group"):
            parts["train"], parts["val"] = split(parts["train"], share, options.get("seed", 0))
    found = []
    for name, candidates in (("training", ["train"]), ("validation", ["val", "test"])):
        fingerprint = run["data"][name]
        # With --images a run has the first of them.
        images = [Images(*(values[:fingerprint["count"]] for values in parts[part]))
                  for part in candidates if fingerprint and part in parts]
        found.append(next((own for own in images if own.matches(fingerprint)), None))
        if fingerprint and found[-1] is None:
            raise DataError(f"{path} does not hold the {fingerprint['count']} {name} images of the run: give it the same --data; "
                            f"of photographs, of groups and of a --val of its own make one file first, and give that: "
                            f"{data_command(path, options)}")
    return found


def data_command(path, options):
    """What writes the images that a run has of a data set, opened with these options."""
    size = options.get("size")
    values = {"--size": size and f"{size['height']}x{size['width']}", "--channels": options.get("channels"),
              "--val-split": options.get("valSplit") or None, "--seed": options.get("seed"), "--val": options.get("val"),
              "--test": options.get("test"), "--group": options.get("group")}
    given = [text for flag, value in values.items() if value is not None for text in (flag, str(value))]
    return shlex.join(["densenet", "data", path, *given, "--write", "images.npz"])


# What a folder holds by name: of each part, files of images and labels.
IDX = {"train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"), "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")}
CIFAR = {"train": ["train.bin", *(f"data_batch_{i}.bin" for i in range(1, 6))], "test": ["test.bin", "test_batch.bin"]}
NPZ = {"train": ("train", "x_train", "y_train"), "val": ("val", "x_val", "y_val"), "test": ("test", "x_test", "y_test")}


def read_arrays(path):
    """(pixels, labels) of "train", and of "val" and "test" where they are there; empty where there are no arrays."""
    if path.endswith(".npz"):
        return read_npz(path)
    there = lambda name: os.path.exists(os.path.join(path, name)) or os.path.exists(os.path.join(path, f"{name}.gz"))
    idx = {part: tuple(read_idx(path, name) for name in names) for part, names in IDX.items() if all(map(there, names))}
    cifar = {part: [name for name in names if there(name)] for part, names in CIFAR.items()}
    return idx or {part: read_cifar([os.path.join(path, name) for name in names]) for part, names in cifar.items() if names}


def read_npz(path):
    try:
        with numpy.load(path) as file:
            arrays = {name: file[name] for name in file.files if not name.endswith(".txt")}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    parts = {}
    for part, (prefix, *keras) in NPZ.items():
        names = [f"{prefix}_images", f"{prefix}_labels"] if "train_images" in arrays else keras
        if names[0] not in arrays:
            continue
        pixels, labels = (torch.from_numpy(numpy.ascontiguousarray(arrays[name])) for name in names)
        if labels.dim() > 1 and labels.shape[1] > 1:
            raise DataError(f"{path} has several labels per image, which is not implemented here")
        pixels = pixels.unsqueeze(1) if pixels.dim() == 3 else pixels.permute(0, 3, 1, 2).contiguous()
        parts[part] = pixels, labels.flatten()
    return parts


def read_cifar(files):
    """Records of a label, in CIFAR-100 a coarse and a fine one, and 3 x 32 x 32 bytes."""
    data = torch.from_numpy(numpy.concatenate([numpy.fromfile(file, dtype=numpy.uint8) for file in files]))
    labels = 1 if len(data) % 3073 == 0 else 2
    records = data.view(-1, labels + 3072)
    return records[:, labels:].reshape(-1, 3, 32, 32), records[:, labels - 1]


def read_idx(folder, name):
    path = os.path.join(folder, name)
    opened = open(path, "rb") if os.path.exists(path) else gzip.open(f"{path}.gz", "rb")
    with opened as file:
        data = bytearray(file.read())
    sizes = [int.from_bytes(data[at:at + 4], "big") for at in range(4, 4 + 4 * data[3], 4)]
    # Images have one channel.
    shape = [sizes[0], 1, *sizes[1:]] if len(sizes) > 1 else sizes
    return torch.frombuffer(data, dtype=torch.uint8, offset=4 + 4 * data[3]).view(shape)


SPLIT_STREAM = 0x53504C49  # "SPLI"


def split(part, share, seed):
    """A part without and with its share of each class: training and validation, as src/data/split.ts splits."""
    pixels, labels = part
    members = [(labels == label).nonzero().flatten().tolist() for label in range(int(labels.max()) + 1)]
    exact = [len(own) * share for own in members]
    quota = [math.floor(value) for value in exact]
    missing = math.floor(len(labels) * share + 0.5) - sum(quota)
    for label in sorted(range(len(members)), key=lambda label: (quota[label] - exact[label], label)):
        if missing > 0 and quota[label] + 1 < len(members[label]):
            quota[label] += 1
            missing -= 1
    held = torch.zeros(len(labels), dtype=torch.bool)
    for label, own in enumerate(members):
        held[shuffled(own, seed, random_at(seed, SPLIT_STREAM, label))[:quota[label]]] = True
    return tuple((pixels[chosen], labels[chosen]) for chosen in (~held, held))


def sha256(tensor):
    return hashlib.sha256(tensor.contiguous().numpy().tobytes()).hexdigest()


# --- Their order, and their augmentation --------------------------------------------------------------------------------------

WORD = 0xFFFFFFFF
SHUFFLE_STREAM = 0x53485546  # "SHUF"
AUGMENT_STREAM = 0xFFFFFFFF


def random_at(seed, stream, index):
    """pcg3d (Jarzynski and Olano 2020), its x: a 32-bit number for three."""
    x, y, z = ((value * 1664525 + 1013904223) & WORD for value in (seed, stream, index))
    x = (x + y * z) & WORD
    y = (y + z * x) & WORD
    z = (z + x * y) & WORD
    x, y, z = (value ^ (value >> 16) for value in (x, y, z))
    return (x + y * z) & WORD


def permutation(count, seed, epoch):
    """0 … count - 1 in the order of an epoch, from 0."""
    return torch.tensor(shuffled(list(range(count)), seed, random_at(seed, SHUFFLE_STREAM, epoch)))


def shuffled(order, seed, stream):
    """A Fisher-Yates shuffle whose draws are equally likely."""
    index = 0
    for last in range(len(order) - 1, 0, -1):
        end = 2**32 - 2**32 % (last + 1)
        draw = end
        while draw >= end:
            draw = random_at(seed, stream, index)
            index += 1
        chosen = draw % (last + 1)
        order[last], order[chosen] = order[chosen], order[last]
    return order


class EpochShape:
    """
    How the images of an epoch make updates: whole ones of `batch` x `accumulate`, and behind them, unless the run drops it, one of
    what is left over, in micro-batches of which the last may be smaller.
    """

    def __init__(self, run):
        hyperparameters, count = run["hyperparameters"], run["data"]["training"]["count"]
        self.batch = hyperparameters["batch"]
        self.update = self.batch * hyperparameters["accumulate"]
        whole, left = divmod(count, self.update)
        self.images = whole * self.update
        if left and not hyperparameters.get("dropLast", True):
            self.batch = min(self.batch, left) if whole == 0 else self.batch
            # A single value per channel has no variance: an image that would be alone is left out.
            alone = math.prod(last_map(hyperparameters["config"])) == 1
            if self.batch > 1 or not alone:
                self.images += left - (1 if left % self.batch == 1 and alone else 0)
        self.updates = -(-self.images // self.update)

    def images_of(self, index):
        """Images of an update of an epoch, counted from 0."""
        return min(self.update, self.images - index * self.update)

    def micro_batches(self, index):
        """(start, end) in the epoch's order, of each micro-batch of an update."""
        first = index * self.update
        end = first + self.images_of(index)
        return [(start, min(start + self.batch, end)) for start in range(first, end, self.batch)]


def last_map(config):
    """Height and width in the last dense block."""
    sides = config["height"], config["width"]
    for _ in range(0 if config["stem"] == "cifar" else 2):
        sides = tuple((side + 1) // 2 for side in sides)
    return tuple(side >> (len(config["blockLayers"]) - 1) for side in sides)


def augmented(pixels, augment, seed):
    """Normalised images [N][C][H][W], each mirrored or not and shifted, as the micro-batch of this seed is; 0 where a shift uncovers."""
    mirror, shift = augment["mirror"], augment["shift"]
    if not mirror and not shift:
        return pixels
    height, width = pixels.shape[2:]
    padded, out = nn.functional.pad(pixels, [shift] * 4), torch.empty_like(pixels)
    for i in range(len(pixels)):
        draws = [random_at(seed, AUGMENT_STREAM, 4 * i + which & WORD) for which in range(3)]
        top, left = (draw % (2 * shift + 1) for draw in draws[1:])
        moved = padded[i, :, top:top + height, left:left + width]
        out[i] = moved.flip(-1) if mirror and draws[0] >> 31 else moved
    return out
