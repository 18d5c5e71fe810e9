"""Requests to XGBoost's matrices."""

import io

from sagemaker_inference.errors import UnsupportedFormatError


def csv_to_dmatrix(input, dtype=None):
    import numpy as np
    import xgboost as xgb

    text = input.decode("utf-8") if isinstance(input, (bytes, bytearray)) else input
    rows = [[field if field else "nan" for field in line.split(",")] for line in text.strip().splitlines()]
    return xgb.DMatrix(np.array(rows).astype(dtype or np.float32))


def libsvm_to_dmatrix(string_like):
    import xgboost as xgb
    from sklearn.datasets import load_svmlight_file

    data = string_like if isinstance(string_like, (bytes, bytearray)) else string_like.encode("utf-8")
    # A request may leave the label out, which the reader wants.
    lines = [line if b":" not in line.split()[0] else b"0 " + line for line in data.splitlines() if line.strip()]
    features, _ = load_svmlight_file(io.BytesIO(b"\n".join(lines)))
    return xgb.DMatrix(features)


_DECODERS = {"text/csv": csv_to_dmatrix, "text/libsvm": libsvm_to_dmatrix, "text/x-libsvm": libsvm_to_dmatrix}


def decode(obj, content_type):
    kind = content_type.split(";")[0].strip().lower()
    if kind not in _DECODERS:
        raise UnsupportedFormatError(kind)
    return _DECODERS[kind](obj)
