"""Arrays to the bytes or text of a content type."""

import io
import json

from sagemaker_inference import content_types, errors


def _json(array):
    return json.dumps(array, default=lambda value: value.tolist())


def _csv(array):
    import numpy as np

    text = io.StringIO()
    np.savetxt(text, array, delimiter=",", fmt="%s")
    return text.getvalue()


def _npy(array):
    import numpy as np

    data = io.BytesIO()
    np.save(data, array)
    return data.getvalue()


_ENCODERS = {content_types.JSON: _json, content_types.CSV: _csv, content_types.NPY: _npy}
SUPPORTED_CONTENT_TYPES = set(_ENCODERS)


def encode(array_like, content_type):
    if content_type not in _ENCODERS:
        raise errors.UnsupportedFormatError(content_type)
    return _ENCODERS[content_type](array_like)
