"""The bytes or text of a content type to arrays."""

import io
import json

from sagemaker_inference import content_types, errors


def _text(data):
    return data.decode("utf-8") if isinstance(data, (bytes, bytearray)) else data


def _json(data):
    import numpy as np

    return np.array(json.loads(data))


def _csv(data):
    import numpy as np

    return np.genfromtxt(io.StringIO(_text(data)), dtype=None, delimiter=",")


def _npy(data):
    import numpy as np

    return np.load(io.BytesIO(data), allow_pickle=True)


def _npz(data):
    import scipy.sparse

    return scipy.sparse.load_npz(io.BytesIO(data))


_DECODERS = {
    content_types.JSON: _json, content_types.CSV: _csv, content_types.NPY: _npy, content_types.NPZ: _npz,
}
SUPPORTED_CONTENT_TYPES = set(_DECODERS)


def decode(obj, content_type):
    if content_type not in _DECODERS:
        raise errors.UnsupportedFormatError(content_type)
    return _DECODERS[content_type](obj)
