"""Write the tables of `tests/benchmarks/README.md` from the JSON files that the benchmarks write.

    python -m tests.benchmarks.tables FOLDER

FOLDER holds any of these files; the tables of a missing file stay as they are:

    step.json        panda bench --json > FOLDER/step.json
    recording.json   python -m tests.benchmarks.recording --json FOLDER/recording.json
    scaling.json     python -m tests.benchmarks.scaling --json FOLDER/scaling.json
    opening.json     python -m tests.benchmarks.opening --json FOLDER/opening.json
    page-N.json      python -m tests.benchmarks.page --after N --json FOLDER/page-N.json, for several N
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from trainer.bench.contenders import ENTRANTS, PANDA

README = Path(__file__).with_name("README.md")

Row = Sequence[str]
Figures = Mapping[str, Any]

SCALING = {
    "iterations of a session": ("{} iterations of a session", ("open: read and check", "list", "record", "file")),
    "parameters of the network": ("{} parameters", ("step, mini-batch of 64", "take a checkpoint")),
    "rows of data": ("{} rows of data", ("load and normalise", "first epoch")),
    "interventions of a run": ("{} interventions of a run", ("open",)),
    "runs of a session, in one line": ("{} runs of a session", ("open", "lineage")),
    "sessions of a folder": ("{} sessions of a folder", ("list", "list again", "open one")),
}
"""Axes and operations of `tests.benchmarks.scaled` that have a row."""


def main() -> None:
    """Read the files of a folder and write the README again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    tables = tables_of(folder)
    if not tables:
        sys.exit(f"{folder} holds none of step.json, recording.json, scaling.json, opening.json and page-N.json")
    README.write_text(with_tables(README.read_text("utf-8"), tables), "utf-8")
    print(f"{README.name}: {', '.join(tables)}")


def tables_of(folder: Path) -> dict[str, str]:
    """Name of a table → its Markdown, for each table whose file is in the folder."""
    tables = {}
    for name, write in WRITERS.items():
        path = folder / f"{name}.json"
        if path.exists():
            figures = json.loads(path.read_bytes())
            tables[name] = f"{measured_on(figures['machine'])}\n\n{write(figures)}"
    pages = {int(path.stem.partition("-")[2]): json.loads(path.read_bytes()) for path in folder.glob("page-*.json")}
    if pages:
        tables["page"] = f"{measured_on(pages[min(pages)]['machine'])}\n\n{of_the_page(dict(sorted(pages.items())))}"
    return tables


def with_tables(text: str, tables: Mapping[str, str]) -> str:
    """The text with the content between `<!-- NAME -->` and `<!-- end of NAME -->` replaced, for each table."""
    for name, table in tables.items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found and found_end):
            raise ValueError(f"there is no place for the table {name!r}: {begin.strip()} … {end.strip()}")
        text = f"{before}{begin}{table}{end}{after}"
    return text


def measured_on(machine: Figures) -> str:
    """One sentence about the machine and the day."""
    return f"Measured on {machine['date']}: {machine['cpu']}, {machine['cores']} cores, Python {machine['python']}."


def of_the_step(figures: Figures) -> str:
    """µs a step with Adam, and ratios to every contender for all optimizers."""
    results = figures["results"]
    others = [name for name in ENTRANTS if name != PANDA and any(name in one["ratio"] for one in results)]
    labels = [ENTRANTS[name].label for name in others]
    with_adam = [
        [network(one), microseconds(one, PANDA), *(of_a_peer(one, name) for name in others)]
        for one in results
        if one["optimizer"] == "adam" and PANDA in one["contenders"]
    ]
    with_all = [
        [f"{one['shape']}, {one['optimizer']}", *(ratio(one, name) for name in others)]
        for one in results
        if one["optimizer"] != "adam"
    ]
    return (
        f"{table(['µs a step with Adam (mini-batch)', ENTRANTS[PANDA].label, *labels], with_adam)}\n\n"
        f"{table(['network, optimizer: Panda is × as fast as', *labels], with_all)}"
    )


def network(one: Figures) -> str:
    """Name, units of each layer and mini-batch size."""
    return f"{one['shape']} {'-'.join(map(str, one['layers']))} ({one['mini_batch_size']})"


def microseconds(one: Figures, name: str) -> str:
    """Of a step of one contender."""
    taken = one["contenders"][name]["microseconds"]
    return f"{taken:,.1f}" if taken < 100 else f"{taken:,.0f}"


def of_a_peer(one: Figures, name: str) -> str:
    """Microseconds of a step, and how many times as fast Panda is."""
    return f"{microseconds(one, name)} = {one['ratio'][name]:.2f} ×" if name in one["ratio"] else "–"


def ratio(one: Figures, name: str) -> str:
    """How many times as fast Panda is."""
    return f"{one['ratio'][name]:.2f}" if name in one["ratio"] else "–"


def of_recording(figures: Figures) -> str:
    """What recording takes of each network, and the speed of verifying long and short runs."""
    rows = []
    for run, short in zip(figures["throughput"], figures["short runs"], strict=True):
        shares = [f"{run[name]:.2%}" for name in ("recording", "within the recorder", "just after writes")]
        ratios = [run["itself"], run["verified"], *(one["verified"] for one in short)]
        rows.append(
            [run["network"], f"{run['iterations a second']:,.0f}", *shares, *(f"{one:.3g} ×" for one in ratios)]
        )
    columns = ["network", "iterations a second", "recording takes", "within the recorder", "more just after writes"]
    columns += ["training itself while recorded", "verified", "verified, 0.03 s", "0.1 s", "0.4 s"]
    return table(columns, rows)


def of_scaling(figures: Figures) -> str:
    """Figures at 1 ×, 10 × and 100 × of each size, and the fitted exponent."""
    rows = []
    for axis, (title, operations) in SCALING.items():
        for operation in operations if axis in figures["axes"] else ():
            found = figures["axes"][axis][operation]
            sizes = ", ".join(f"{one['size']:,}" for one in found["sizes"])
            cells = [
                "failed" if one["figure"] is None else of_unit(one["figure"], found["unit"]) for one in found["sizes"]
            ]
            slope = "–" if found["exponent"] is None else f"{found['exponent']:.2f}"
            rows.append([f"{operation}: {title.format(sizes)}", *cells, slope])
    return table(["", "1 ×", "10 ×", "100 ×", "exponent"], rows)


def of_unit(figure: float, unit: str) -> str:
    """A figure in seconds or megabytes with a unit that fits."""
    if unit == "MB":
        return f"{figure:.3g} MB"
    scale, name = (1, "s") if figure >= 1 else (1e3, "ms") if figure >= 1e-3 else (1e6, "µs")
    return f"{figure * scale:.3g} {name}"


def of_the_page(pages: Mapping[int, Figures]) -> str:
    """One column for each number of iterations that the run has behind it."""
    share, rest = "trainer, % of a core", "rest, % of a core"
    asked, clicked, frames = "asked → applied, ms", "click → applied → shown, ms", "frames, bytes"
    rows: dict[str, Callable[[Figures], str]] = {
        "training's share of a core, nobody watches": lambda f: listed(f[f"{share}, watchers"], ["0"], "{:.1f} %"),
        "the same, 1 and 3 tabs that only receive": lambda f: listed(f[f"{share}, watchers"], ["1", "3"], "{:.1f} %"),
        "the rest of the server's": lambda f: listed(f[f"{rest}, watchers"], ["1", "3"], "{:.1f} %"),
        "training's share, 1 and 3 real tabs": lambda f: listed(f[f"{share}, tabs"], ["1", "3"], "{:.0f} %"),
        "asked → applied, median and 95 % (ms)": lambda f: listed(f[asked], ["1 tab p50", "1 tab p95"], "{:.1f}"),
        "the same, 3 tabs": lambda f: listed(f[asked], ["3 tab p50", "3 tab p95"], "{:.1f}"),
        "click → applied → shown, median and 95 % (ms)": lambda f: listed(
            f[clicked], ["1 tab p50", "1 tab p95"], "{:.0f}"
        ),
        "first refresh, later ones (bytes)": lambda f: listed(f[frames], ["first", "later p50"], "{:,.0f}"),
        "first chart: first visit, reload, later visit (s)": lambda f: first_chart(f, "Panda"),
        "an empty page of Streamlit's (s)": lambda f: first_chart(f, "an empty page"),
    }
    columns = ["at the beginning" if not after else f"after {after:,} iterations" for after in pages]
    return table(["", *columns], [[name, *(cell(page) for page in pages.values())] for name, cell in rows.items()])


def of_opening(figures: Figures) -> str:
    """Seconds until the first chart of a recorded session, and of two compared, by their length."""
    sizes = figures["opening"]
    ways = next(iter(sizes.values()))
    columns = ["seconds to the first chart", *(f"{int(n):,} iterations" for n in sizes)]
    return table(columns, [[way, *(f"{row[way]:.2f}" for row in sizes.values())] for way in ways])


def first_chart(figures: Figures, name: str) -> str:
    """Seconds to the first chart of a page, of three visits."""
    return listed(figures[f"first chart, s: {name}"], ["first visit", "reload", "later visit"], "{:.1f}")


def listed(row: Mapping[str, float], names: Sequence[str], form: str) -> str:
    """Some figures of a row, one after the other."""
    return ", ".join(form.format(row[name]) for name in names)


def table(columns: Row, rows: Sequence[Row]) -> str:
    """A table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


WRITERS: dict[str, Callable[[Figures], str]] = {
    "step": of_the_step,
    "recording": of_recording,
    "scaling": of_scaling,
    "opening": of_opening,
}

if __name__ == "__main__":
    main()
