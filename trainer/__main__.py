"""The command `panda`, also as `python -m trainer`."""

import sys

from trainer.threads import bound_threads


def main() -> int:
    """Bound the number of threads, and only then load what loads numpy."""
    bound_threads(spare=1 if sys.argv[1:2] == ["serve"] else 0)  # the page needs a core beside training, as in app.py
    try:
        from trainer.cli.main import main as run
    except KeyboardInterrupt:  # before there is anything to keep
        return 130

    return run()


if __name__ == "__main__":
    raise SystemExit(main())
