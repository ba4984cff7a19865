"""The versions of all packages that oaihub is installed with here, as deploy/constraints.txt holds them.

After a change of the dependencies: python -m tests.pins > deploy/constraints.txt
"""

import sys
from importlib.metadata import PackageNotFoundError, version

from tests.test_house import installed_with_us

HEAD = "# What the image is built of (Dockerfile). After a change: python -m tests.pins > deploy/constraints.txt"


def pins() -> list[str]:
    """Give a line for each package that is installed here, those for other systems left out."""
    lines = []
    for name in sorted(installed_with_us() - {"oaihub"}):
        try:
            lines.append(f"{name}=={version(name)}")
        except PackageNotFoundError:
            continue
    return lines


if __name__ == "__main__":
    sys.stdout.write("\n".join([HEAD, *pins(), ""]))
