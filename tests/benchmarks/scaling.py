"""How time and memory grow: 1 ×, 10 × and 100 × of everything that may become large, and the fitted exponent.

    python -m tests.benchmarks.scaling [--quick] [--axes iterations,runs] [--rounds 3] [--json PATH]

Each figure is of a process of its own, which does the same on something small before, so that nothing is loaded or
compiled while it is measured; the files were written a moment ago. Figures are medians over the processes. Memory is
the peak of the process, and in brackets by how much that is above what it had before. The exponent is the slope of
log figure over log size by least squares: 1 is proportional, 0 does not matter.
"""

from __future__ import annotations

from trainer.threads import bound_threads

bound_threads()

import argparse  # noqa: E402
import json  # noqa: E402
import resource  # noqa: E402
import shutil  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

from tests.benchmarks.scaled import AXES, SIZE, Axis  # noqa: E402
from trainer.bench.turns import machine, write_json  # noqa: E402
from trainer.experiments.compiling import compile_now  # noqa: E402

ROOT = Path(__file__).parents[2]
TIMES = (1, 10, 100)
LEAST_MEGABYTES = 1.0
"""Less than that is what any process does; no exponent is fitted to it."""


def main() -> None:
    options = parse()
    if options.process:
        print(json.dumps(measure(*options.process)))
        return
    compile_now("float32")
    rounds = 1 if options.quick else options.rounds
    results = {}
    for name, axis in AXES.items():
        if any(wanted in name for wanted in options.axes):
            first = axis.quick if options.quick else axis.first
            results[name] = measure_axis(name, axis, [first * times for times in TIMES], rounds)
            print(table(name, results[name]), flush=True)
    write_json(options.json, {"machine": machine("numpy"), "rounds": rounds, "axes": results})


def measure_axis(name: str, axis: Axis, sizes: Sequence[int], rounds: int) -> dict[str, Any]:
    """Operation → figures at each size, and what is fitted to them."""
    figures: dict[str, list[dict[str, Any]]] = {operation: [] for operation in axis.operations}
    with tempfile.TemporaryDirectory() as folder:
        small = prepared(axis, axis.quick, Path(folder) / "small")
        for size in sizes:
            large = prepared(axis, size, Path(folder) / "large")
            for operation in axis.operations:
                found = [in_process(name, operation, small, large) for _ in range(rounds)]
                figures[operation].append(gathered(size, found))
            shutil.rmtree(large)
    return {
        operation: {
            "unit": axis.operations[operation].unit,
            "sizes": found,
            "exponent": exponent(sizes, [one["figure"] for one in found]),
            "exponent of memory": exponent(sizes, [one["grown_megabytes"] for one in found], LEAST_MEGABYTES),
        }
        for operation, found in figures.items()
    }


def prepared(axis: Axis, size: int, folder: Path) -> Path:
    """A folder with something of that size in it."""
    folder.mkdir()
    (folder / SIZE).write_text(str(size))
    axis.prepare(folder, size)
    return folder


def in_process(axis: str, operation: str, small: Path, large: Path) -> dict[str, Any]:
    """The figures of one operation from a process of its own; "failed" is the reason where there are none."""
    command = [sys.executable, "-m", "tests.benchmarks.scaling", "--process", axis, operation, str(small), str(large)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or [f"code {done.returncode}"])[-1][:200]}
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def measure(axis: str, operation: str, small: str, large: str) -> dict[str, float]:
    """Do it once with something small, and once to measure it."""
    ready = AXES[axis].operations[operation].ready
    ready(Path(small))()
    act = ready(Path(large))
    forget_peak()
    before = megabytes("VmRSS")
    began = time.perf_counter()
    figure = act()
    seconds = time.perf_counter() - began
    peak = megabytes("VmHWM")
    return {
        "figure": seconds if figure is None else figure,
        "peak_megabytes": peak,
        "grown_megabytes": max(0.0, peak - before),
    }


def forget_peak() -> None:
    """From here on the peak is of what comes; where the system does not let us, it is that of the whole process."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def megabytes(field: str) -> float:
    """Resident memory of this process, now (VmRSS) or at most so far (VmHWM)."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1e-6 if sys.platform == "darwin" else 1e-3)
    line = next(line for line in status.splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1.024e-3


def gathered(size: int, found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Medians over the processes, as far as they did not fail."""
    whole = [one for one in found if "failed" not in one]
    if not whole:
        return {"size": size, "figure": None, "peak_megabytes": None, "grown_megabytes": None, **found[0]}
    return {"size": size, **{name: statistics.median(one[name] for one in whole) for name in whole[0]}, "all": whole}


def exponent(sizes: Sequence[int], figures: Sequence[float | None], least: float = 0.0) -> float | None:
    """Slope of log figure over log size; None where there are not two figures above the least."""
    pairs = [(size, figure) for size, figure in zip(sizes, figures, strict=True) if figure and figure > least]
    if len(pairs) < 2:
        return None
    logs = np.log(pairs)
    return float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])


def table(name: str, result: dict[str, Any]) -> str:
    """Two lines for each operation: its figure, and memory."""
    sizes = [one["size"] for one in next(iter(result.values()))["sizes"]]
    lines = [f"\n{name:34}" + "".join(f"{size:>18,}" for size in sizes) + f"{'exponent':>12}"]
    for operation, found in result.items():
        unit = found["unit"]
        cells = ["failed" if one["figure"] is None else with_unit(one["figure"], unit) for one in found["sizes"]]
        lines.append(row(f"  {operation}", cells, found["exponent"]))
        if unit != "MB":
            memory = ["" if one["figure"] is None else in_megabytes(one) for one in found["sizes"]]
            lines.append(row("    memory, MB", memory, found["exponent of memory"]))
        lines += [f"    {one['size']:,}: {one['failed']}" for one in found["sizes"] if "failed" in one]
    return "\n".join(lines)


def row(name: str, cells: Sequence[str], fitted: float | None) -> str:
    slope = "–" if fitted is None else f"{fitted:.2f}"
    return f"{name:34}" + "".join(f"{cell:>18}" for cell in cells) + f"{slope:>12}"


def with_unit(figure: float, unit: str) -> str:
    if unit == "MB":
        return f"{figure:,.3f} MB"
    scale, name = (1, "s") if figure >= 1 else (1e3, "ms") if figure >= 1e-3 else (1e6, "µs")
    return f"{figure * scale:,.3g} {name}"


def in_megabytes(one: dict[str, Any]) -> str:
    return f"{one['peak_megabytes']:,.0f} (+{one['grown_megabytes']:,.1f})"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, once: a look, not a figure to quote")
    parser.add_argument("--axes", type=lambda text: text.split(","), default=[""], help="words of their names")
    parser.add_argument("--rounds", type=int, default=3, help="processes for each figure")
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--process", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
