"""The verb `data`: which data sets there are, and what is in one."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from trainer.cli.command import Json
from trainer.cli.terminal import DONE, print_lines
from trainer.data.loading import list_datasets, load_dataset
from trainer.errors import InvalidInput

_WHAT = ("list", "describe")


def run(
    what: Annotated[str, typer.Argument(metavar="|".join(_WHAT), help="all data sets, or one")],
    dataset: Annotated[str | None, typer.Argument(metavar="NAME-or-FILE", help="the one that is described")] = None,
    label: Annotated[str, typer.Option(metavar="COLUMN", help="column of the labels (default: the last)")] = "",
    as_json: Json = False,
) -> int:
    """`panda data list` and `panda data describe`."""
    if what not in _WHAT:
        raise InvalidInput(f"the word after panda data must be one of {', '.join(_WHAT)}, but got {what[:80]!r}")
    if what == "list":
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
        print_lines(*([json.dumps({"datasets": rows})] if as_json else lines))
        return DONE
    if dataset is None:
        raise InvalidInput("panda data describe needs the NAME of a data set or a FILE")
    found = load_dataset(dataset, label=label)
    document = {
        **found.description(),
        "train": found.m,
        "dev": len(found.y_dev),
        "fingerprint": found.fingerprint,
    }
    if as_json:
        print_lines(json.dumps(document))
    else:
        print_lines(*(f"{name}: {value}" for name, value in document.items()))
    return DONE
