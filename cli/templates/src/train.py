"""Trains a gradient-boosted classifier, and puts into the model folder all that an endpoint needs.

Runs in SageMaker's script mode: channels and the model folder come from ``SM_*`` variables, hyperparameters as
arguments. The channels hold what ``prepare.py`` wrote: CSV with a header, the label first.
"""

import argparse
import os
import shutil
from pathlib import Path

import pandas as pd
import xgboost


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--early-stopping", type=int, default=30)
    parser.add_argument("--eta", type=float, default=0.1)
    parser.add_argument("--max-depth", type=int, default=4)
    parser.add_argument("--subsample", type=float, default=0.8)
    parser.add_argument("--colsample", type=float, default=0.8)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--train", type=Path, default=os.environ.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--validation", type=Path, default=os.environ.get("SM_CHANNEL_VALIDATION"))
    parser.add_argument("--preprocessing", type=Path, default=os.environ.get("SM_CHANNEL_PREPROCESSING"))
    parser.add_argument("--model-dir", type=Path, default=os.environ.get("SM_MODEL_DIR"))
    args, unknown = parser.parse_known_args()
    if unknown:
        raise SystemExit(f"Unknown hyperparameters: {' '.join(unknown)}")
    return args


def read(folder: Path) -> xgboost.DMatrix:
    table = pd.concat([pd.read_csv(file) for file in sorted(folder.glob("*.csv"))], ignore_index=True)
    label, features = table.iloc[:, 0], table.iloc[:, 1:]
    return xgboost.DMatrix(features.to_numpy(), label=label, feature_names=[str(name) for name in features.columns])


def main() -> None:
    args = arguments()
    train, validation = read(args.train), read(args.validation)
    parameters = {
        "objective": "binary:logistic",
        "eval_metric": ["logloss", "auc"],
        "eta": args.eta,
        "max_depth": args.max_depth,
        "subsample": args.subsample,
        "colsample_bytree": args.colsample,
        "seed": args.seed,
        "nthread": int(os.environ.get("SM_NUM_CPUS", "1")),
    }
    booster = xgboost.train(
        parameters,
        train,
        num_boost_round=args.rounds,
        evals=[(train, "train"), (validation, "validation")],
        callbacks=[
            xgboost.callback.EarlyStopping(
                rounds=args.early_stopping, metric_name="logloss", data_name="validation", save_best=True
            )
        ],
        verbose_eval=20,
    )
    args.model_dir.mkdir(parents=True, exist_ok=True)
    booster.save_model(args.model_dir / "model.ubj")
    # An endpoint takes raw columns: the archive carries the fitted preprocessing and the code that applies it.
    shutil.copytree(args.preprocessing, args.model_dir / "preprocessing", dirs_exist_ok=True)
    shutil.copytree(
        Path(__file__).resolve().parent,
        args.model_dir / "code",
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__", "*.pyc", "*.tar.gz"),
    )
    print(f"trained {booster.num_boosted_rounds()} rounds on {train.num_row()} rows and {train.num_col()} columns")


if __name__ == "__main__":
    main()
