"""What scripts import of AWS's XGBoost image: readers of data, and the decoder of requests."""
