"""`python -m minintk` is the command `minintk`."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
