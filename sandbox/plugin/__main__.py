import sys
from pathlib import Path

# Run as a folder (`python plugin`): its parent is where the package is importable from.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from plugin.server import main  # noqa: E402

main()
