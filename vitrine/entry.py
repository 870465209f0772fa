"""Where the `vitrine` script begins: light, so that Ctrl-C in the first second is told as kindly as later."""

import sys

_INTERRUPTED = 130


def main() -> int:
    """Run the command line of this process and return its exit code."""
    try:
        import signal

        # A stop by the system must clean up just as Ctrl-C does.
        signal.signal(signal.SIGTERM, _interrupt)
        from vitrine.main import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("vitrine: interrupted\n")
        return _INTERRUPTED


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
