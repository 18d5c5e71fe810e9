"""What scripts import of AWS's inference toolkit: content types, encoders and decoders."""
