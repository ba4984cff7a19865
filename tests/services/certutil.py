"""`elasticsearch-certutil` of the cached node, which has no scripts for Linux of its own."""

import sys

from tests.services.elasticsearch_node import HOME, LEAST_JDK, run_tool
from tests.services.jdk import find_jdk

LIBRARIES = "modules/x-pack-core,modules/x-pack-security,lib/tools/security-cli"

if __name__ == "__main__":
    run_tool("certutil", LIBRARIES, sys.argv[1:], HOME / "config", find_jdk(LEAST_JDK, "certutil"))
