"""How deep a reader must go: levels of imports within a floor, and what a simple module needs of its own floor."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from graphlib import TopologicalSorter

from tests.test_architecture import SOURCES, floor_of, imports

MOST_LEVELS = 8


def levels(graph: Mapping[str, Collection[str]]) -> dict[str, int]:
    """Of each module how many there are, itself included, on the longest way down through imports of the graph."""
    found: dict[str, int] = {}
    for module in TopologicalSorter(graph).static_order():  # those that are imported come first
        found[module] = 1 + max((found[name] for name in graph[module]), default=0)
    return found


def imports_within(floor: str) -> dict[str, set[str]]:
    """The modules of a floor, each with those of the same floor that it imports."""
    modules = {module: source for module, source in SOURCES.items() if floor_of(module) == floor}
    return {
        module: {name for name in imports(module, source, SOURCES) if name in modules and name != module}
        for module, source in modules.items()
    }


def test_views_have_eight_levels_of_imports_at_most() -> None:
    found = levels(imports_within("views"))
    assert {module: level for module, level in found.items() if level > MOST_LEVELS} == {}


def below(floor: str, module: str) -> set[str]:
    """All that a module needs of its own floor, by whatever way."""
    graph, found = imports_within(floor), [module]
    for name in found:  # which grows
        found += sorted(graph[name] - set(found))
    return {name.removeprefix(f"trainer.{floor}.") for name in found[1:]}


def test_what_is_simple_does_not_load_what_is_not() -> None:
    """A chart is drawn without a web server, a link without a chart; runs are compared without being exported."""
    assert below("views", "trainer.views.figures") == {"log_axis"}
    assert below("views", "trainer.views.back_link") == {"component", "modules"}
    assert not {name for name in below("experiments", "trainer.experiments.comparison") if name.startswith("export")}


def test_levels_are_counted() -> None:
    assert levels({"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": set()}) == {"a": 3, "b": 2, "c": 1, "d": 1}
