#!/usr/bin/python3
"""Write small picture files of every kind, and what Pillow's Image.open(file).convert('RGB') makes of each.

    make_pictures.py [SEED] [FOLDER]      (seed 0, this folder)

Needs Pillow and numpy (Debian: python3-pil, run with /usr/bin/python3). FOLDER gets the files and expected.safetensors:
for each file a tensor of its name, uint8 [height][width][3]. Pillow turns nothing by its EXIF orientation and applies
no colour profile, as torchvision's loaders; a TIFF's orientation is a part of the format, which it does apply.
Kinds that Pillow does not write are made by changing the bytes of those that it does, or put together here.
"""
import io, json, os, struct, sys, zlib
import numpy as np
from PIL import Image, ImageCms, ImageSequence

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0
FOLDER = sys.argv[2] if len(sys.argv) > 2 else os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(SEED)
files = {}


def side():
    return int(rng.integers(5, 40))


def waves(channels, height=None, width=None, top=255):
    """Smooth waves with noise, every value from 0 to `top`."""
    height, width = height or side(), width or side()
    y, x = np.mgrid[0:height, 0:width]
    planes = [np.sin(x * rng.uniform(0.05, 0.9) + y * rng.uniform(0.05, 0.9) + rng.uniform(0, 6)) for _ in range(channels)]
    values = top / 2 + 0.55 * top * np.stack(planes, -1) + rng.normal(0, 0.05 * top, (height, width, channels))
    return np.clip(values, 0, top).astype("uint8" if top < 256 else "uint16")


def picture(mode, **size):
    channels = len(Image.new(mode, (1, 1)).getbands())
    values = waves(channels, **size)
    return Image.fromarray(values[..., 0] if channels == 1 else values, mode)


def save(name, image, **options):
    out = io.BytesIO()
    image.save(out, format={"jpg": "JPEG", "tif": "TIFF"}.get(name.split(".")[-1]) or name.split(".")[-1].upper(), **options)
    files[name] = out.getvalue()
    return files[name]


# A profile whose red, green and blue are those of blue, red and green: whoever applies it is far off.
def swapped_profile():
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", data[128:132])[0]
    names = {b"rXYZ": b"gXYZ", b"gXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}
    for at in range(132, 132 + 12 * count, 12):
        name = bytes(data[at : at + 4])
        data[at : at + 4] = names.get(name, name)
    return bytes(data)


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


# ---- JPEG
for subsampling, name in enumerate(["444", "422", "420"]):
    for progressive in [False, True]:
        quality = int(rng.integers(20, 100))
        save(f"rgb-{name}{'-progressive' if progressive else ''}.jpg", picture("RGB"), quality=quality, subsampling=subsampling, progressive=progressive)
save("rgb-optimised.jpg", picture("RGB"), quality=99, optimize=True)
save("one-pixel.jpg", picture("RGB", height=1, width=1))
save("one-row.jpg", picture("RGB", height=1, width=37), subsampling=2)
save("grey.jpg", picture("L"), quality=80)
save("profile.jpg", picture("RGB"), icc_profile=swapped_profile(), quality=90)
for orientation in range(1, 9):
    save(f"turned-{orientation}.jpg", picture("RGB", height=11, width=19), exif=exif(orientation))
cmyk = save("cmyk.jpg", picture("CMYK"), quality=90)
save("cmyk-420.jpg", picture("CMYK"), quality=70, subsampling=2)
save("cmyk-progressive.jpg", picture("CMYK"), quality=85, progressive=True)
adobe = cmyk.index(b"Adobe")
files["ycck.jpg"] = cmyk[: adobe + 11] + b"\2" + cmyk[adobe + 12 :]
files["cmyk-no-adobe.jpg"] = cmyk[: adobe - 4] + cmyk[adobe + 12 :]
# Three components that are no YCbCr, by their marker of Adobe.
plain = save("rgb-plain.jpg", picture("RGB"), quality=95, subsampling=0)
files["rgb-adobe-0.jpg"] = plain[:2] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0" + plain[2 + 2 + struct.unpack(">H", plain[4:6])[0] :]
del files["rgb-plain.jpg"]


# ---- PNG, put together so that every type of colour and depth is there, interlaced too
def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def scanlines(values, depth):
    """Rows of a pass, each behind a filter of its own."""
    height, width, channels = values.shape
    pixel = max(1, channels * depth // 8)
    before = bytes((width * channels * depth + 7) // 8)
    out = b""
    for y in range(height):
        row = values[y].reshape(-1)
        if depth == 16:
            raw = row.astype(">u2").tobytes()
        elif depth == 8:
            raw = row.astype("u1").tobytes()
        else:
            bits = np.concatenate([(row[:, None] >> np.arange(depth - 1, -1, -1)) & 1], -1).reshape(-1)
            raw = np.packbits(bits.astype("u1")).tobytes()
        kind = int(rng.integers(0, 5))
        line = bytearray()
        for i, value in enumerate(raw):
            left = raw[i - pixel] if i >= pixel else 0
            up = before[i]
            corner = before[i - pixel] if i >= pixel else 0
            guess = left + up - corner
            paeth = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            line.append((value - [0, left, up, (left + up) // 2, paeth][kind]) & 255)
        out += bytes([kind]) + bytes(line)
        before = raw
    return out


def png(values, colour, depth, chunks=b"", interlaced=False):
    height, width, _ = values.shape
    parts = [values[y::dy, x::dx] for x, y, dx, dy in PASSES] if interlaced else [values]
    data = b"".join(scanlines(part, depth) for part in parts if part.size)
    packed = zlib.compress(data)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    middle = len(packed) // 2
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunks
        + chunk(b"IDAT", packed[:middle]) + chunk(b"IDAT", packed[middle:]) + chunk(b"IEND", b"")
    )


def palette(size):
    return chunk(b"PLTE", bytes(rng.integers(0, 256, 3 * size, dtype="u1")))


GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
for interlaced in [False, True]:
    suffix = "-interlaced.png" if interlaced else ".png"
    for depth in [1, 2, 4, 8, 16]:
        values = waves(1, top=2**depth - 1)
        files[f"grey-{depth}{suffix}"] = png(values, GREY, depth, interlaced=interlaced)
    for depth in [1, 2, 4, 8]:
        values = waves(1, top=2**depth - 1)
        files[f"palette-{depth}{suffix}"] = png(values, PALETTE, depth, palette(2**depth), interlaced)
    for depth in [8, 16]:
        top = 2**depth - 1
        files[f"rgb-{depth}{suffix}"] = png(waves(3, top=top), RGB, depth, interlaced=interlaced)
        files[f"rgba-{depth}{suffix}"] = png(waves(4, top=top), RGBA, depth, interlaced=interlaced)
        files[f"grey-alpha-{depth}{suffix}"] = png(waves(2, top=top), GREY_ALPHA, depth, interlaced=interlaced)
files["grey-16-dark.png"] = png(waves(1, top=500), GREY, 16)
some = waves(1)
files["palette-alpha.png"] = png(some, PALETTE, 8, palette(256) + chunk(b"tRNS", bytes(rng.integers(0, 256, 200, dtype="u1"))))
files["palette-4-alpha.png"] = png(waves(1, top=15), PALETTE, 4, palette(16) + chunk(b"tRNS", bytes([0, 255, 128])))
files["palette-1-alpha.png"] = png(waves(1, top=1), PALETTE, 1, palette(2) + chunk(b"tRNS", bytes([0])))
files["grey-key.png"] = png(some, GREY, 8, chunk(b"tRNS", struct.pack(">H", int(some[0, 0, 0]))))
files["grey-1-key.png"] = png(waves(1, top=1), GREY, 1, chunk(b"tRNS", struct.pack(">H", 0)))
colours = waves(3)
files["rgb-key.png"] = png(colours, RGB, 8, chunk(b"tRNS", struct.pack(">HHH", *map(int, colours[0, 0]))))
deep = waves(3, top=65535)
files["rgb-16-key.png"] = png(deep, RGB, 16, chunk(b"tRNS", struct.pack(">HHH", *map(int, deep[0, 0]))))
files["gamma.png"] = png(waves(3), RGB, 8, chunk(b"gAMA", struct.pack(">I", 100_000)))
files["gamma-grey.png"] = png(waves(1), GREY, 8, chunk(b"gAMA", struct.pack(">I", 100_000)))
files["gamma-alpha.png"] = png(waves(4), RGBA, 8, chunk(b"gAMA", struct.pack(">I", 100_000)))
files["srgb.png"] = png(waves(3), RGB, 8, chunk(b"sRGB", b"\0") + chunk(b"gAMA", struct.pack(">I", 45455)))
icc = chunk(b"iCCP", b"swapped\0\0" + zlib.compress(swapped_profile()))
files["profile.png"] = png(waves(3), RGB, 8, icc)
files["profile-alpha.png"] = png(waves(4), RGBA, 8, icc)
files["background.png"] = png(waves(4), RGBA, 8, chunk(b"bKGD", struct.pack(">HHH", 255, 0, 0)))
files["turned.png"] = png(waves(3), RGB, 8, chunk(b"eXIf", exif(6)[6:]))


# ---- GIF, put together: LZW without compression, its codes cleared before they grow
def lzw(indices, bits):
    clear, end, size = 1 << bits, (1 << bits) + 1, bits + 1
    codes = []
    for i, index in enumerate(indices):
        if i % (clear - 2) == 0:
            codes.append(clear)
        codes.append(int(index))
    stream, at = 0, 0
    for code in codes + [end]:
        stream |= code << at
        at += size
    data = stream.to_bytes((at + 7) // 8, "little")
    return bytes([bits]) + b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255)) + b"\0"


def gif(screen, frames, colours=None, background=0):
    flags = 0x80 | 7 if colours else 0
    out = b"GIF89a" + struct.pack("<HHBBB", *screen, flags, background, 0) + (colours or b"")
    for frame in frames:
        x, y, values = frame["x"], frame["y"], frame["values"]
        height, width = values.shape
        if "transparent" in frame:
            out += b"\x21\xf9\4" + struct.pack("<BHBB", 1 | frame.get("disposal", 0) << 2, 5, frame["transparent"], 0)
        own = frame.get("colours", b"")
        interlaced = frame.get("interlaced", False)
        out += b"\x2c" + struct.pack("<HHHHB", x, y, width, height, (0x87 if own else 0) | interlaced << 6) + own
        rows = [values[start::step] for start, step in ((0, 8), (4, 8), (2, 4), (1, 2))] if interlaced else [values]
        out += lzw(np.concatenate(rows).reshape(-1), 8)
    return out + b"\x3b"


def colours_256():
    return bytes(rng.integers(0, 256, 768, dtype="u1"))


def indices(height, width, top=255):
    return waves(1, height=height, width=width, top=top)[..., 0]


def frame(x, y, height, width, **more):
    return {"x": x, "y": y, "values": indices(height, width), **more}


used = indices(17, 23)
files["plain.gif"] = gif((23, 17), [frame(0, 0, 17, 23)], colours_256())
files["transparent.gif"] = gif((23, 17), [{"x": 0, "y": 0, "values": used, "transparent": int(used[3, 3])}], colours_256(), 7)
files["offset.gif"] = gif((30, 28), [frame(4, 5, 17, 23)], colours_256(), 9)
files["offset-transparent.gif"] = gif((30, 28), [frame(4, 5, 17, 23, transparent=int(used[0, 0]))], colours_256(), 9)
files["larger-than-screen.gif"] = gif((10, 9), [frame(4, 5, 17, 23)], colours_256())
files["interlaced.gif"] = gif((23, 17), [frame(0, 0, 17, 23, interlaced=True)], colours_256())
files["interlaced-offset.gif"] = gif((31, 29), [frame(3, 6, 17, 23, interlaced=True, transparent=5)], colours_256())
files["own-colours.gif"] = gif((23, 17), [frame(0, 0, 17, 23, colours=colours_256())], colours_256())
files["no-colours.gif"] = gif((23, 17), [frame(0, 0, 17, 23)])
files["moving.gif"] = gif((23, 17), [frame(0, 0, 17, 23, transparent=3, disposal=2), frame(2, 2, 9, 9, transparent=4)], colours_256())
save("compressed.gif", picture("RGB", height=60, width=70).quantize(200))
save("few-colours.gif", picture("RGB").quantize(5))
save("grey.gif", picture("L"))
save("bits.gif", picture("L").convert("1"))

# ---- WebP
save("lossy.webp", picture("RGB"), quality=60)
save("lossless.webp", picture("RGB"), lossless=True)
save("lossy-alpha.webp", picture("RGBA"), quality=70, exact=True)
save("lossless-alpha.webp", picture("RGBA"), lossless=True, exact=True)
save("profile.webp", picture("RGB"), lossless=True, icc_profile=swapped_profile())
save("turned.webp", picture("RGB"), lossless=True, exif=exif(8))

# ---- TIFF
for name, mode, options in [
    ("rgb", "RGB", {}),
    ("rgb-lzw", "RGB", {"compression": "tiff_lzw"}),
    ("rgb-deflate", "RGB", {"compression": "tiff_adobe_deflate"}),
    ("grey", "L", {}),
    ("rgba", "RGBA", {}),
    ("grey-alpha", "LA", {}),
    ("cmyk", "CMYK", {}),
    ("profile", "RGB", {"icc_profile": swapped_profile()}),
]:
    save(f"{name}.tif", picture(mode), **options)
save("palette.tif", picture("RGB").quantize(200))
save("bits.tif", picture("L").convert("1"))
save("bits-group4.tif", picture("L").convert("1"), compression="group4")
save("turned.tif", picture("RGB", height=11, width=19), tiffinfo={274: 6})
save("grey-16.tif", Image.fromarray(waves(1, top=65535)[..., 0]))
save("grey-16-dark.tif", Image.fromarray(waves(1, top=500)[..., 0]))

# ---- BMP
for name, mode in [("rgb", "RGB"), ("grey", "L"), ("rgba", "RGBA"), ("bits", "1")]:
    save(f"{name}.bmp", picture("L").convert("1") if mode == "1" else picture(mode))
save("palette.bmp", picture("RGB").quantize(100))

tensors = {}
for name, data in files.items():
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(data)
    tensors[name] = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

header, at = {}, 0
for name, values in tensors.items():
    header[name] = {"dtype": "U8", "shape": list(values.shape), "data_offsets": [at, at + values.nbytes]}
    at += values.nbytes
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
with open(os.path.join(FOLDER, "expected.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + b"".join(values.tobytes() for values in tensors.values()))
print(len(files), "files,", sum(map(len, files.values())), "bytes")
