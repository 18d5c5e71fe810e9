"""What older scripts import of AWS's first container toolkit."""
