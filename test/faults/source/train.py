"""The fastest model there is: a threshold, and a mark by which an answer tells which version gave it."""

import json
import os
import shutil
import sys
from pathlib import Path

settings = dict(zip((name.removeprefix("--") for name in sys.argv[1::2]), map(float, sys.argv[2::2])))
model_dir = Path(os.environ["SM_MODEL_DIR"])
(model_dir / "model.json").write_text(json.dumps({"mark": settings.get("mark", 0), "sign": settings.get("sign", 1)}))
shutil.copytree(Path(__file__).resolve().parent, model_dir / "code", ignore=shutil.ignore_patterns("__pycache__"))
print("learned a threshold")
