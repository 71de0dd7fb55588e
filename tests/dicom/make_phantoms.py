#!/usr/bin/python3
"""Write small DICOM files of every kind that is read, and what pydicom makes of each.

    make_phantoms.py [SEED] [FOLDER]      (seed 0, this folder)

Needs numpy, pydicom and GDCM (Debian: python3-pydicom, python3-gdcm, run with /usr/bin/python3), which encodes the compressed
ones. FOLDER gets the files and expected.safetensors; for each file NAME:
  NAME         int32 [frames][rows][columns][samples]: the stored values; colours as RGB
  NAME/values  float64 of the same shape: after the modality transformation (rescale, or its table), where that changes them
  NAME/window  float64: after the file's own window or VOI table, as pydicom's apply_voi_lut gives it
Where pydicom does not mask overlays out of the unused bits, the values are those that went in. Every file names a patient, whose name
must be found in nothing that the reader gives.
"""
import io, json, os, struct, sys, tempfile
import gdcm
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.pixel_data_handlers.util import apply_modality_lut, apply_voi_lut, convert_color_space
from pydicom.sequence import Sequence
from PIL import Image
from pydicom.uid import ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless, generate_uid

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0
FOLDER = sys.argv[2] if len(sys.argv) > 2 else os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(SEED)
PATIENT = "Secret^Patient"
tensors = {}

TYPE = gdcm.TransferSyntax
SYNTAXES = {
    "jpeg": TYPE.JPEGBaselineProcess1,
    "jpeg-extended": TYPE.JPEGExtendedProcess2_4,
    "jpeg-lossless": TYPE.JPEGLosslessProcess14_1,
    "jpeg-ls": TYPE.JPEGLSLossless,
    "jpeg-ls-near": TYPE.JPEGLSNearLossless,
    "j2k": TYPE.JPEG2000Lossless,
    "j2k-lossy": TYPE.JPEG2000,
}


def waves(frames, channels, bits, signed):
    """Smooth waves with noise over the whole range of values."""
    rows, columns = (20, 26) if SEED == 0 else (int(rng.integers(9, 40)), int(rng.integers(9, 40)))
    y, x = np.mgrid[0:rows, 0:columns]
    top = 2**bits - 1
    planes = [
        np.stack([np.sin(x * rng.uniform(0.05, 0.4) + y * rng.uniform(0.05, 0.4) + rng.uniform(0, 6)) for _ in range(channels)], -1)
        for _ in range(frames)
    ]
    values = top / 2 + 0.5 * top * np.stack(planes) + rng.normal(0, 0.01 * top, (frames, rows, columns, channels))
    return np.clip(np.rint(values), 0, top).astype(np.int64) - (2 ** (bits - 1) if signed else 0)


def dataset(values, bits, allocated, signed, photometric, syntax=ExplicitVRLittleEndian, high=None):
    frames, rows, columns, channels = values.shape
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[str(SEED), str(len(tensors))])
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.is_little_endian = syntax != ExplicitVRBigEndian
    ds.is_implicit_VR = syntax == ImplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = PATIENT, "Secret-4711", "19700101"
    ds.Modality = "OT"
    ds.SamplesPerPixel, ds.PhotometricInterpretation = channels, photometric
    if channels > 1:
        ds.PlanarConfiguration = 0
    ds.Rows, ds.Columns = rows, columns
    if frames > 1:
        ds.NumberOfFrames = frames
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = allocated, bits, bits - 1 if high is None else high
    ds.PixelRepresentation = int(signed)
    kind = {8: "1", 16: "2", 32: "4"}[allocated]
    dtype = ("<" if ds.is_little_endian else ">") + ("i" if signed else "u") + kind
    packed = values << (ds.HighBit + 1 - bits)
    data = packed.astype(dtype).tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OB" if allocated == 8 and not ds.is_implicit_VR else "OW"
    return ds


def save(name, ds, expected=None, window=False, decode=True):
    path = os.path.join(FOLDER, name + ".dcm")
    ds.save_as(path, write_like_original=False)
    record(name, path, expected, window, decode)


def record(name, path, expected=None, window=False, decode=True):
    if not decode:
        return
    read = pydicom.dcmread(path)
    frames = int(getattr(read, "NumberOfFrames", 1))
    shape = (frames, read.Rows, read.Columns, -1)
    stored = read.pixel_array if expected is None else expected
    if expected is None and read.PhotometricInterpretation.startswith("YBR_FULL"):
        stored = convert_color_space(stored, "YBR_FULL", "RGB")
    tensors[name] = stored.reshape(shape).astype("<i4")
    if read.SamplesPerPixel == 1:
        values = apply_modality_lut(stored, read)
        if not np.array_equal(values, stored):
            tensors[name + "/values"] = np.asarray(values).reshape(shape).astype("<f8")
        if window:
            tensors[name + "/window"] = np.asarray(apply_voi_lut(values, read)).reshape(shape).astype("<f8")


def compress(name, ds, syntax, expected=None, decode=True):
    if syntax == "rle":
        # GDCM's encoder takes some sizes only.
        ds.compress(RLELossless, encoding_plugin="pydicom")
        return save(name, ds, expected)
    with tempfile.TemporaryDirectory() as scratch:
        plain = os.path.join(scratch, "plain.dcm")
        ds.save_as(plain, write_like_original=False)
        reader = gdcm.ImageReader()
        reader.SetFileName(plain)
        assert reader.Read(), name
        change = gdcm.ImageChangeTransferSyntax()
        change.SetTransferSyntax(gdcm.TransferSyntax(SYNTAXES[syntax]))
        change.SetInput(reader.GetImage())
        assert change.Change(), name
        writer = gdcm.ImageWriter()
        writer.SetFileName(os.path.join(FOLDER, name + ".dcm"))
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        assert writer.Write(), name
    record(name, os.path.join(FOLDER, name + ".dcm"), expected, decode=decode)


GREY = "MONOCHROME2"
# Uncompressed: every syntax, depth, sign and place of the bits.
for name, bits, allocated, signed, photometric, syntax in [
    ("implicit-16", 16, 16, False, GREY, ImplicitVRLittleEndian),
    ("explicit-8", 8, 8, False, GREY, ExplicitVRLittleEndian),
    ("explicit-10", 10, 16, False, GREY, ExplicitVRLittleEndian),
    ("explicit-12-inverted", 12, 16, False, "MONOCHROME1", ExplicitVRLittleEndian),
    ("explicit-16-signed", 16, 16, True, GREY, ExplicitVRLittleEndian),
    ("deflated-12", 12, 16, False, GREY, DeflatedExplicitVRLittleEndian),
    ("big-endian-12", 12, 16, False, GREY, ExplicitVRBigEndian),
    ("explicit-32", 20, 32, False, GREY, ExplicitVRLittleEndian),
]:
    save(name, dataset(waves(1, 1, bits, signed), bits, allocated, signed, photometric, syntax))

values = waves(1, 1, 12, True)
save("signed-12-of-16", dataset(values, 12, 16, True, GREY), expected=values)
values = waves(1, 1, 12, False)
ds = dataset(values, 12, 16, False, GREY, high=15)
ds.PixelData = (np.frombuffer(ds.PixelData, "<u2") | rng.integers(0, 16, values.size).astype("u2")).astype("<u2").tobytes()
save("high-bit-15", ds, expected=values)
ds = dataset(values, 12, 16, False, GREY)
ds.PixelData = (np.frombuffer(ds.PixelData, "<u2") | (rng.integers(0, 16, values.size).astype("u2") << 12)).astype("<u2").tobytes()
ds.add_new(0x60000010, "US", values.shape[1])
ds.add_new(0x60000011, "US", values.shape[2])
ds.add_new(0x60000040, "CS", "G")
ds.add_new(0x60000100, "US", 16)
ds.add_new(0x60000102, "US", 12)
save("overlay-bits", ds, expected=values)

# Several frames.
save("frames-3", dataset(waves(3, 1, 10, False), 10, 16, False, GREY))

# Modality: slope and intercept, and a table. VOI: each function, and a table.
ds = dataset(waves(1, 1, 12, False), 12, 16, False, GREY)
ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = "1.5", "-1024", "HU"
ds.WindowCenter, ds.WindowWidth = "40", "400"
save("rescale-window", ds, window=True)
for function in ["LINEAR_EXACT", "SIGMOID"]:
    ds = dataset(waves(1, 1, 12, False), 12, 16, False, GREY)
    ds.WindowCenter, ds.WindowWidth, ds.VOILUTFunction = ["2000.5", "100"], ["1000", "50"], function
    save(f"window-{function.lower().replace('_', '-')}", ds, window=True)


def lut(entries, first, bits):
    item = pydicom.Dataset()
    item.add_new(0x00283002, "US", [len(entries) % 65536, first, bits])
    item.add_new(0x00283006, "OW", np.asarray(entries).astype("<u2").tobytes())
    return item


ds = dataset(waves(1, 1, 8, False), 8, 8, False, GREY)
item = lut(np.sort(rng.integers(0, 4096, 200)), 30, 16)
item.ModalityLUTType = "US"
ds.ModalityLUTSequence = Sequence([item])
save("modality-table", ds)
ds = dataset(waves(1, 1, 12, False), 12, 16, False, GREY)
ds.VOILUTSequence = Sequence([lut(np.sort(rng.integers(0, 65536, 3000)), 400, 16)])
save("voi-table", ds, window=True)

# Enhanced multi-frame: window and rescale per frame.
ds = dataset(waves(2, 1, 12, False), 12, 16, False, GREY)
shared, transform = pydicom.Dataset(), pydicom.Dataset()
transform.RescaleIntercept, transform.RescaleSlope, transform.RescaleType = "-10", "2", "US"
shared.PixelValueTransformationSequence = Sequence([transform])
ds.SharedFunctionalGroupsSequence = Sequence([shared])
per_frame = []
for centre in [1000, 3000]:
    group, voi = pydicom.Dataset(), pydicom.Dataset()
    voi.WindowCenter, voi.WindowWidth = str(centre), "500"
    group.FrameVOILUTSequence = Sequence([voi])
    per_frame.append(group)
ds.PerFrameFunctionalGroupsSequence = Sequence(per_frame)
save("enhanced-frames", ds)

# Colours.
save("rgb", dataset(waves(1, 3, 8, False), 8, 8, False, "RGB"))
values = waves(1, 3, 8, False)
ds = dataset(values, 8, 8, False, "RGB")
ds.PlanarConfiguration = 1
ds.PixelData = values.transpose(0, 3, 1, 2).astype("u1").tobytes()
save("rgb-planar", ds)
save("ybr-full", dataset(waves(1, 3, 8, False), 8, 8, False, "YBR_FULL"))
values = waves(1, 3, 8, False)
values = values[:, :, : 2 * (values.shape[2] // 2)]
ds = dataset(values, 8, 8, False, "YBR_FULL_422")
pairs = values.astype("u1").reshape(1, values.shape[1], -1, 2, 3)
ds.PixelData = np.stack([pairs[..., 0, 0], pairs[..., 1, 0], pairs[..., 0, 1], pairs[..., 0, 2]], -1).tobytes()
save("ybr-422", ds)
for bits in [8, 16]:
    ds = dataset(waves(1, 1, 8, False), 8, 8, False, "PALETTE COLOR")
    tables = rng.integers(0, 2**bits, (3, 256))
    for channel, colour in enumerate(["Red", "Green", "Blue"]):
        ds.add_new(0x00281101 + channel, "US", [256, 0, bits])
        ds.add_new(0x00281201 + channel, "OW", tables[channel].astype("<u2" if bits == 16 else "u1").tobytes())
    read = np.frombuffer(ds.PixelData, "u1")[: ds.Rows * ds.Columns].reshape(1, ds.Rows, ds.Columns)
    colours = tables[:, read].transpose(1, 2, 3, 0)
    save(f"palette-{bits}", ds, decode=False)
    tensors[f"palette-{bits}"] = colours.astype("<i4")

# Compressed.
for syntax, depths in {
    "rle": [(8, 8, False), (12, 16, False), (16, 16, True)],
    "jpeg": [(8, 8, False)],
    "jpeg-lossless": [(8, 8, False), (12, 16, False), (16, 16, False)],
    "jpeg-ls": [(8, 8, False), (12, 16, False), (16, 16, False)],
    "jpeg-ls-near": [(8, 8, False)],
    "j2k": [(8, 8, False), (12, 16, False), (16, 16, True)],
    "j2k-lossy": [(8, 8, False), (12, 16, False)],
}.items():
    for bits, allocated, signed in depths:
        compress(f"{syntax}-{bits}{'-signed' if signed else ''}", dataset(waves(1, 1, bits, signed), bits, allocated, signed, GREY), syntax)
compress("jpeg-extended-12", dataset(waves(1, 1, 12, False), 12, 16, False, GREY), "jpeg-extended", decode=False)
for syntax in ["rle", "jpeg", "jpeg-lossless", "jpeg-ls", "j2k"]:
    compress(f"{syntax}-rgb", dataset(waves(1, 3, 8, False), 8, 8, False, "RGB"), syntax)
for syntax in ["rle", "jpeg-lossless", "jpeg-ls", "j2k"]:
    compress(f"{syntax}-frames", dataset(waves(3, 1, 12, False), 12, 16, False, GREY), syntax)
# A colour JPEG as cameras make it, in YCbCr with a half of the colours; expected is what Pillow makes of it.
values = waves(1, 3, 8, False)
out = io.BytesIO()
Image.fromarray(values[0].astype("u1")).save(out, "JPEG", quality=90, subsampling="4:2:2")
ds = dataset(values, 8, 8, False, "YBR_FULL_422")
ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50"
ds.PixelData = pydicom.encaps.encapsulate([out.getvalue()])
ds["PixelData"].is_undefined_length = True
save("jpeg-ybr", ds, expected=np.asarray(Image.open(out)))
# A frame in several fragments, as JPEG 2000 may have.
ds = pydicom.dcmread(os.path.join(FOLDER, "j2k-12.dcm"))
frame = pydicom.encaps.defragment_data(ds.PixelData)
frame = frame[: 2 * (len(frame) // 4)], frame[2 * (len(frame) // 4) :]
item = lambda data: b"\xfe\xff\x00\xe0" + struct.pack("<I", len(data)) + data
ds.PixelData = item(b"") + item(frame[0]) + item(frame[1]) + b"\xfe\xff\xdd\xe0" + b"\0" * 4
ds["PixelData"].is_undefined_length = True
save("j2k-two-fragments", ds)
compress("jpeg-lossless-12-inverted", dataset(waves(1, 1, 12, False), 12, 16, False, "MONOCHROME1"), "jpeg-lossless")

# What is refused by name.
ds = dataset(waves(1, 1, 8, False), 8, 8, False, GREY)
ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
ds.PixelData = pydicom.encaps.encapsulate([b"\0\0\0\1moving"])
ds["PixelData"].is_undefined_length = True
save("mpeg4", ds, decode=False)
ds = dataset(waves(1, 1, 8, False), 8, 8, False, GREY)
del ds.PixelData
save("no-pixels", ds, decode=False)

# A DICOMDIR with two files in folders, and one name that leads elsewhere.
ds = pydicom.Dataset()
ds.file_meta = FileMetaDataset()
ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
ds.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["dicomdir"])
ds.is_little_endian, ds.is_implicit_VR = True, False
ds.FileSetID = "SECRET"
records = []
for path in [None, ["PAT1", "ONE"], ["PAT1", "DEEP", "TWO"], ["..", "OTHER"]]:
    record_ = pydicom.Dataset()
    record_.DirectoryRecordType = "IMAGE" if path else "PATIENT"
    record_.PatientName = PATIENT
    if path:
        record_.ReferencedFileID = path
    records.append(record_)
ds.DirectoryRecordSequence = Sequence(records)
pydicom.dcmwrite(os.path.join(FOLDER, "DICOMDIR"), FileDataset(None, ds, file_meta=ds.file_meta, preamble=b"\0" * 128), write_like_original=False)

header, at = {}, 0
for name, tensor in tensors.items():
    kind = "I32" if tensor.dtype == np.dtype("<i4") else "F64"
    header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [at, at + tensor.nbytes]}
    at += tensor.nbytes
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(os.path.join(FOLDER, "expected.safetensors"), "wb") as out:
    out.write(struct.pack("<Q", len(text)) + text + b"".join(np.ascontiguousarray(t).tobytes() for t in tensors.values()))
