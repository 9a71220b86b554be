"""``python -m schoolward.sample.generate --folder F [--seed N]``: write Lakeside's records folder."""

import argparse
from pathlib import Path

from schoolward.sample.generate import DEFAULT_SEED, generate


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the sample district's records folder.")
    parser.add_argument("--folder", type=Path, required=True, help="where to write; created if absent")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    arguments = parser.parse_args()
    print(generate(arguments.folder, arguments.seed))


if __name__ == "__main__":
    main()
