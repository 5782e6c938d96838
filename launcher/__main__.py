"""Entry point, written so that even a much too old Python can read it and say so."""

import sys

if sys.version_info < (3, 11):
    sys.exit("Upstream needs Python 3.11 or newer; this is Python " + sys.version.split()[0] + ".")

# The check above must come first: what follows uses syntax and modules an old Python lacks.
from launcher.cli import main

sys.exit(main())
