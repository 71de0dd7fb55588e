#!/usr/bin/python3
"""Write grey DICOM files and what torchxrayvision's preprocessing makes of them, by its formulas.

    make_preprocessed.py [SEED] [FOLDER]      (seed 0, the folder preprocessed beside this file)

Needs numpy, pydicom and PyTorch; with scikit-image it also says how far the other resizer is (Debian: python3-pydicom, python3-torch,
python3-skimage). Largest value 2^BitsStored - 1; MONOCHROME1 is turned round; (2 x / largest - 1) * 1024; the middle square; then the
resizer of torchxrayvision's models, interpolate(bilinear, antialias). FOLDER gets the files and expected.safetensors: for each a
float64 [size][size].
"""
import json, os, struct, sys
import numpy as np
import pydicom
import torch
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0
FOLDER = sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "preprocessed")
os.makedirs(FOLDER, exist_ok=True)
rng = np.random.default_rng(SEED)
tensors = {}

for number in range(4 if SEED == 0 else 12):
    bits = [8, 12, 16, 10][number % 4]
    size = 16 if SEED == 0 else int(rng.choice([16, 64, 224]))
    side = (20, 45) if SEED == 0 else (size // 2, 500)
    height, width = (int(rng.integers(*side)) for _ in range(2))
    top = 2**bits - 1
    y, x = np.mgrid[0:height, 0:width]
    wave = np.sin(x * rng.uniform(0.05, 0.4) + y * rng.uniform(0.05, 0.4)) + rng.normal(0, 0.1, (height, width))
    values = np.clip(np.rint(top / 2 + top / 2 * wave), 0, top).astype("<u2")
    inverted = number % 3 == 1
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[str(SEED), str(number)])
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME1" if inverted else "MONOCHROME2"
    ds.Rows, ds.Columns = height, width
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = (8 if bits == 8 else 16), bits, bits - 1, 0
    # Windows are not used.
    ds.WindowCenter, ds.WindowWidth = "100", "50"
    data = values.astype("u1" if bits == 8 else "<u2").tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OB" if bits == 8 else "OW"
    name = f"{number}-{bits}-bits"
    ds.save_as(os.path.join(FOLDER, name + ".dcm"), write_like_original=False)

    image = values.astype(np.float64)
    if inverted:
        image = top - image
    image = (2 * (image / top) - 1.0) * 1024
    square = min(height, width)
    top_row, left = height // 2 - square // 2, width // 2 - square // 2
    image = image[top_row : top_row + square, left : left + square]
    resized = torch.nn.functional.interpolate(
        torch.from_numpy(image)[None, None], size=(size, size), mode="bilinear", antialias=True, align_corners=False
    )
    tensors[name] = resized[0, 0].numpy().astype("<f8")
    try:
        import skimage.transform

        other = skimage.transform.resize(image[None], (1, size, size), mode="constant", preserve_range=True)
        print(f"{name}: {square} to {size}: the other resizer differs by up to {np.abs(other[0] - tensors[name]).max():.1f} of 2048")
    except ImportError:
        pass

header, at = {}, 0
for name, tensor in tensors.items():
    header[name] = {"dtype": "F64", "shape": list(tensor.shape), "data_offsets": [at, at + tensor.nbytes]}
    at += tensor.nbytes
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(os.path.join(FOLDER, "expected.safetensors"), "wb") as out:
    out.write(struct.pack("<Q", len(text)) + text + b"".join(t.tobytes() for t in tensors.values()))
