"""Encoders and decoders under the names of the first toolkit."""

from sagemaker_inference.decoder import decode
from sagemaker_inference.encoder import encode

__all__ = ["decode", "encode"]
