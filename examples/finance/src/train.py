"""Fits a logistic regression, and puts into the model folder all that an endpoint needs.

Runs in SageMaker's script mode. The channels hold what ``prepare.py`` wrote: CSV with a header, the label first, then the
weight of the row. Both labels weigh the same in all: to a bank a credit that is not repaid costs more than one that it
did not give.
"""

import argparse
import os
import shutil
from pathlib import Path

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

WEIGHT = "_weight"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--strength", type=float, default=0.1, help="inverse of the regularization")
    parser.add_argument("--train", type=Path, default=os.environ.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--validation", type=Path, default=os.environ.get("SM_CHANNEL_VALIDATION"))
    parser.add_argument("--preprocessing", type=Path, default=os.environ.get("SM_CHANNEL_PREPROCESSING"))
    parser.add_argument("--model-dir", type=Path, default=os.environ.get("SM_MODEL_DIR"))
    args, unknown = parser.parse_known_args()
    if unknown:
        raise SystemExit(f"Unknown hyperparameters: {' '.join(unknown)}")
    return args


def read(folder: Path):
    table = pd.concat([pd.read_csv(file) for file in sorted(folder.glob("*.csv"))], ignore_index=True)
    return table.iloc[:, 0], table[WEIGHT], table.iloc[:, 1:].drop(columns=WEIGHT).to_numpy()


def main() -> None:
    args = arguments()
    label, weight, features = read(args.train)
    model = LogisticRegression(C=args.strength, class_weight="balanced", max_iter=2000)
    model.fit(features, label, sample_weight=weight)
    args.model_dir.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, args.model_dir / "model.joblib")
    # An endpoint takes raw columns: the archive carries the fitted preprocessing and the code that applies it.
    shutil.copytree(args.preprocessing, args.model_dir / "preprocessing", dirs_exist_ok=True)
    shutil.copytree(
        Path(__file__).resolve().parent,
        args.model_dir / "code",
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__", "*.pyc", "*.tar.gz"),
    )
    truth, _, rows = read(args.validation)
    auc = roc_auc_score(truth, model.predict_proba(rows)[:, 1])
    print(f"trained on {len(label)} rows and {features.shape[1]} columns; AUC on validation rows {auc:.3f}")


if __name__ == "__main__":
    main()
