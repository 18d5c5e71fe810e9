"""What scripts import of AWS's training toolkit: the environment of the job."""
