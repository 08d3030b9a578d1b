"""Files that were uploaded on the page, kept in a private folder so that a run can load them again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from trainer.data.array_names import label_files
from trainer.data.idx import is_idx, is_images
from trainer.errors import InvalidData


def keep_upload(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write uploaded files below `folder` and return the path to load: the file itself, or the inputs of a pair.

    The folder is named for the content, so that the same upload is kept once; the file keeps its own name, which
    becomes that of the data set. Nothing is written outside `folder`.

    Parameters
    ----------
    folder : made where it does not exist, readable by its owner alone
    files : name as uploaded → content; one file, an NPY file with its labels, or the files of an IDX pair with or
        without its test set
    """
    contents = {_plain_name(name): content for name, content in files.items()}
    main = _main_file(list(contents))
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        digest.update(f"{len(name)} {name} {len(content)} ".encode())
        digest.update(content)
    kept = folder / digest.hexdigest()[:16]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept.mkdir(mode=0o700, exist_ok=True)
    for name, content in contents.items():
        path = kept / name
        if not path.is_file() or path.stat().st_size != len(content):
            path.write_bytes(content)
    return kept / main


def _plain_name(name: str) -> str:
    plain = name.replace("\\", "/").rpartition("/")[2]
    if plain in ("", ".", "..") or not plain.isprintable() or len(plain.encode()) > 200:
        raise InvalidData(f"a file cannot be called {name[:40]!r}")
    return plain


def _main_file(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    if len(names) == 2 and all(name.endswith(".npy") for name in names):
        inputs = [name for name, other in (names, names[::-1]) if other in label_files(name)]
        if len(inputs) == 1:
            return inputs[0]
    images = [name for name in names if is_idx(Path(name)) and is_images(Path(name))]
    if not images or not all(is_idx(Path(name)) for name in names):
        raise InvalidData(
            "one file can be loaded at a time, or the images and labels of an IDX pair, or NAME.npy with "
            "NAME.labels.npy, but got " + ", ".join(names)[:200]
        )
    return next((name for name in images if "train" in name), images[0])
