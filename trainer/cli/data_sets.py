"""The verb `data`: which data sets there are, and what is in one."""

from __future__ import annotations

import argparse
import json

from trainer.cli.terminal import DONE
from trainer.data.loading import list_datasets, load_dataset
from trainer.errors import InvalidInput


def data(options: argparse.Namespace) -> int:
    """`panda data list` and `panda data describe`."""
    if options.what == "list":
        rows = [
            {
                "name": d.name,
                "description": d.description,
                "examples": d.examples,
                "inputs": d.inputs,
                "classes": d.classes,
            }
            for d in list_datasets()
        ]
        lines = [f"{row['name']:<14} {row['description']}" for row in rows]
        print(json.dumps({"datasets": rows}) if options.json else "\n".join(lines))
        return DONE
    if options.dataset is None:
        raise InvalidInput("panda data describe needs the NAME of a data set or a FILE")
    dataset = load_dataset(options.dataset, label=options.label)
    document = {
        **dataset.description(),
        "train": dataset.m,
        "dev": len(dataset.y_dev),
        "fingerprint": dataset.fingerprint,
    }
    if options.json:
        print(json.dumps(document))
    else:
        print("\n".join(f"{name}: {value}" for name, value in document.items()))
    return DONE
