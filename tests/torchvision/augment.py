"""Images augmented by torchvision's functional transforms (tensor backend, uint8, bilinear) with parameters that were drawn elsewhere.

In: for each NAME a file NAME.json {channels, height, width, source: [height, width], drawn: [ImageAugmentation]} and the images in
NAME.bytes. Out: NAME.out, float32 [N][C][H][W] in grey levels, mixed and erased as torchvision's references do it.
"""
import json
import sys
import warnings

import numpy
import torch

warnings.filterwarnings("ignore")
from torchvision.transforms import InterpolationMode  # noqa: E402
from torchvision.transforms import functional as F  # noqa: E402

BILINEAR = InterpolationMode.BILINEAR


def stage(image, given, size):
    kind = given["kind"]
    if kind == "resize":
        crop = given["crop"]
        if [crop["height"], crop["width"]] == size:
            # As RandomCrop.forward. A copy: torchvision's equalize takes no view.
            return F.crop(image, crop["top"], crop["left"], *size).contiguous()
        return F.resized_crop(image, crop["top"], crop["left"], crop["height"], crop["width"], size, BILINEAR)
    if kind == "affine":
        a = given["affine"]
        fill = None if a["fill"] is None else [float(a["fill"])] * image.shape[0]
        center = None if a["center"] == "middle" else [0, 0]
        return F.affine(image, a["angle"], list(a["translate"]), a["scale"], list(a["shear"]), BILINEAR, fill, center)
    if kind in ("identity", "autocontrast", "equalize"):
        return image if kind == "identity" else getattr(F, kind)(image)
    if kind == "posterize":
        return F.posterize(image, given["bits"])
    if kind == "solarize":
        return F.solarize(image, given["threshold"])
    return getattr(F, "adjust_" + kind)(image, given["factor"])


def augment(image, given, size):
    for each in given["stages"]:
        image = stage(image, each, size)
    y, x = given["offset"]["y"], given["offset"]["x"]
    image = F.crop(image, y, x, *size)
    if given["mirror"]:
        image = F.hflip(image)
    if given["verticalFlip"]:
        image = F.vflip(image)
    image = image.to(torch.float32)
    erased = given.get("erased")
    if erased:
        image = F.erase(image, erased["top"], erased["left"], erased["height"], erased["width"], torch.zeros(1))
    return image


def mixed(images, drawn):
    out = images.clone()
    for n, given in enumerate(drawn):
        mixture = given["mixture"]
        rolled = images.roll(1, 0)
        rectangle = mixture.get("rectangle")
        if rectangle:
            top, left = rectangle["top"], rectangle["left"]
            bottom, right = top + rectangle["height"], left + rectangle["width"]
            out[n, :, top:bottom, left:right] = rolled[n, :, top:bottom, left:right]
        elif mixture["weight"] != 1:
            out[n] = images[n] * mixture["weight"] + rolled[n] * (1.0 - mixture["weight"])
    return out


def main(name):
    with open(name + ".json") as file:
        given = json.load(file)
    size = [given["height"], given["width"]]
    pixels = torch.from_numpy(numpy.fromfile(name + ".bytes", dtype=numpy.uint8))
    images = pixels.reshape(-1, given["channels"], *given["source"])
    augmented = torch.stack([augment(image, each, size) for image, each in zip(images, given["drawn"])])
    mixed(augmented, given["drawn"]).numpy().astype(numpy.float32).tofile(name + ".out")


for each in sys.argv[1:]:
    main(each)
