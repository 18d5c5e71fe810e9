"""The training job as its script sees it, read from the variables that the sandbox sets."""

import json
import os


class Environment(dict):
    """Every member of SM_TRAINING_ENV, as an item and as an attribute."""

    def __init__(self):
        super().__init__(json.loads(os.environ["SM_TRAINING_ENV"]))

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def to_cmd_args(self):
        return json.loads(os.environ["SM_USER_ARGS"])

    def to_env_vars(self):
        return {name: value for name, value in os.environ.items() if name.startswith("SM_")}


TrainingEnv = training_env = Environment


def read_hyperparameters():
    return Environment()["hyperparameters"]
