"""`python -m workers.commands` is `oaihub`."""

import sys

from workers.commands import main

sys.exit(main())
