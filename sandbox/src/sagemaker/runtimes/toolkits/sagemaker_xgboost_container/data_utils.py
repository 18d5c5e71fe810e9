"""Channels to XGBoost's matrices."""

from pathlib import Path


def get_dmatrix(data_path, content_type, csv_weights=0, is_pipe=False):
    """The files of one or several channels as one matrix, label first; None where there are none."""
    import numpy as np
    import pandas as pd
    import scipy.sparse
    import xgboost as xgb
    from sklearn.datasets import load_svmlight_files

    if is_pipe:
        raise ValueError("the sandbox has no Pipe mode")
    paths = [Path(path) for path in (data_path if isinstance(data_path, list) else [data_path])]
    files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*"))) if file.is_file()]
    if not files:
        return None
    if content_type.split(";")[0].strip().lower() in ("csv", "text/csv"):
        table = pd.concat([pd.read_csv(file, header=None) for file in files]).to_numpy(dtype=np.float32)
        first = 2 if csv_weights == 1 else 1
        return xgb.DMatrix(table[:, first:], label=table[:, 0], weight=table[:, 1] if first == 2 else None)
    parts = load_svmlight_files([str(file) for file in files])
    return xgb.DMatrix(scipy.sparse.vstack(parts[0::2]), label=np.concatenate(parts[1::2]))
