"""Reads back, through each service's own API, what a stack's resources should be, and tells what is otherwise."""
