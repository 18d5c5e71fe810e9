"""The parts of the toolkit that training and serving scripts use."""

from sagemaker_inference import content_types, decoder, encoder

from sagemaker_containers.beta.framework import encoders, worker
from sagemaker_training import environment as env

__all__ = ["content_types", "decoder", "encoder", "encoders", "env", "worker"]
