"""The command `panda` and its verbs as typer sees them: what is typed, checked, and help by groups."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from trainer.cli.consoles import shows_all
from trainer.cli.terminal import is_terminal, require_stdout, writing
from trainer.errors import InvalidInput


def _not_empty(path: str) -> str:
    """Raises InvalidInput: a path that is empty would be the folder one is in."""
    if not path:
        raise InvalidInput("SESSION must be the path of a session file, but got ''")
    return path


SessionFile = Annotated[str, typer.Argument(metavar="SESSION", help="path of the session file", callback=_not_empty)]
Run = Annotated[str | None, typer.Option("--run", metavar="R", help="which run (default: the latest)")]
At = Annotated[
    str | None,
    typer.Option(
        metavar="T", help="from this iteration, before what was changed there (default: the end, with what was changed)"
    ),
]
Data = Annotated[
    str | None,
    typer.Option("--data", metavar="PATH", help="where the data are now, if they are not in the session"),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="one JSON document on stdout and nothing else there", rich_help_panel="Output"),
]

_SETTINGS = {"help_option_names": ["-h", "--help"]}
_SEVERAL_WORDS = "…"
"""How the metavar of an option ends that takes several words, as in `--set A=1 B=2`."""


@dataclass(frozen=True)
class Verb:
    """A row of the table of verbs.

    Attributes
    ----------
    help : one line for people
    panel : the group of verbs that the help shows it in
    load : imports its module, returns the function that carries it out: options to exit code
    """

    help: str
    panel: str
    load: Callable[[], Callable[..., int]]


def _with_our_help(option: TyperOption | None) -> TyperOption | None:
    if option is not None:
        option.callback = _print_help
    return option


def _print_help(ctx: Any, _option: Any, asked: bool) -> None:
    """As typer does, but on stdout as it is: typer would write UTF-8 where the encoding is ASCII."""
    if asked and not ctx.resilient_parsing:
        print(ctx.get_help())
        ctx.exit()


class Verbs(TyperGroup):
    """The command itself: the module of a verb is imported when that verb is asked for, and no other."""

    def __init__(self, name: str, help_: str, verbs: Mapping[str, Verb]) -> None:
        shown = [TyperCommand(verb, help=row.help, rich_help_panel=row.panel) for verb, row in verbs.items()]
        super().__init__(
            name=name, help=help_, commands=shown, subcommand_metavar="VERB …", context_settings=dict(_SETTINGS)
        )
        self._verbs = verbs

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Raises InvalidInput where the first word is not a verb."""
        allowed = f"one of {', '.join(self._verbs)}"
        if not args:
            raise InvalidInput(f"the following arguments are required: VERB, {allowed}")
        if args[0] not in self._verbs and args[0] not in ctx.help_option_names:
            raise InvalidInput(f"VERB must be {allowed}, but got {args[0][:80]!r}")
        with writing():  # the help, where it is asked for
            return super().parse_args(ctx, args)

    def resolve_command(self, _ctx: Any, args: list[str]) -> tuple[str, TyperCommand, list[str]]:
        """The verb with its options, and what is typed after it."""
        name, row = args[0], self._verbs[args[0]]
        app = typer.Typer(add_completion=False)
        app.command(name, cls=_OneVerb, help=row.help, context_settings=dict(_SETTINGS))(row.load())
        made = typer.main.get_command(app)
        assert isinstance(made, TyperCommand)
        return name, made, args[1:]

    def get_help_option(self, ctx: Any) -> Any:
        """`--help`."""
        return _with_our_help(super().get_help_option(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """In panels on a terminal that can show every sign at its width, else in plain text."""
        require_stdout()
        self.rich_markup_mode = "rich" if is_terminal(sys.stdout) and shows_all(sys.stdout) else None
        super().format_help(ctx, formatter)

    def format_options(self, _ctx: Any, formatter: Any) -> None:
        """The verbs by groups, in plain text."""
        _write_groups(formatter, ((row.panel, (verb, row.help)) for verb, row in self._verbs.items()))


class _OneVerb(TyperCommand):
    """A verb: refuses in one sentence what is typed wrongly, and shows its options by groups."""

    allow_extra_args = True  # for a moment: they are refused below

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Raises InvalidInput for an option that is unknown, lacks its value, or is required and missing."""
        parameters = self.get_params(ctx)
        try:
            with writing():  # the help, where it is asked for
                rest = super().parse_args(ctx, _arranged(args, [p for p in parameters if isinstance(p, TyperOption)]))
        except typer.BadParameter as error:  # every value is text, so that one is missing
            missing = [p for p in parameters if p.required and ctx.params.get(p.name) is None]
            names = ", ".join(p.opts[0] if isinstance(p, TyperOption) else p.metavar or p.name for p in missing)
            raise InvalidInput(f"the following arguments are required: {names}") from error
        if rest:
            raise InvalidInput(f"unrecognized arguments: {' '.join(rest)[:80]}")
        return rest

    def get_help_option(self, ctx: Any) -> Any:
        """`--help`."""
        return _with_our_help(super().get_help_option(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """In panels on a terminal that can show every sign at its width, else in plain text."""
        require_stdout()
        self.rich_markup_mode = "rich" if is_terminal(sys.stdout) and shows_all(sys.stdout) else None
        super().format_help(ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The options by groups, in plain text."""
        rows = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            panel = "Arguments" if isinstance(parameter, TyperArgument) else "Options"
            if record is not None:
                rows.append((getattr(parameter, "rich_help_panel", None) or panel, record))
        _write_groups(formatter, rows)


def _write_groups(formatter: Any, rows: Iterable[tuple[str, tuple[str, str]]]) -> None:
    groups: dict[str, list[tuple[str, str]]] = {}
    for panel, row in rows:
        groups.setdefault(panel, []).append(row)
    for panel, group in groups.items():
        with formatter.section(panel):
            formatter.write_dl(group)


def _arranged(args: Sequence[str], known: Iterable[TyperOption]) -> list[str]:
    """The words as typer's parser reads them: `--set A=1 B=2` as `--set A=1 --set B=2`.

    That parser would also take an option that follows another one for the value that was forgotten.
    """
    options = {flag: option for option in known for flag in (*option.opts, *option.secondary_opts)}
    words, arranged = list(args), list[str]()
    while words:
        word = words.pop(0)
        if word == "--":
            return [*arranged, word, *words]
        arranged.append(word)
        flag, equals, _ = word.partition("=")
        if len(word) == 1 or not word.startswith("-"):
            continue
        if flag not in options:
            raise InvalidInput(f"unrecognized arguments: {word[:80]}")
        option = options[flag]
        if option.is_flag:
            if equals:
                raise InvalidInput(f"{flag} is on or off and takes no value, but got {word[:80]!r}")
            continue
        if not equals:
            if not words or words[0].partition("=")[0] in options:
                raise InvalidInput(f"{flag} needs a value, but got {words[0][:80] if words else 'nothing'}")
            arranged.append(words.pop(0))
        while (option.metavar or "").endswith(_SEVERAL_WORDS) and words and not words[0].startswith("-"):
            arranged += [flag, words.pop(0)]
    return arranged
