"""Writes the breast-cancer data of Wisconsin, which scikit-learn brings, as one CSV file.

``python data.py FILE``: a header, 569 rows; the label ``malignant`` (1 or 0) first, then 30 measurements of cell nuclei.
Source: W. N. Street, W. H. Wolberg, O. L. Mangasarian, UCI Machine Learning Repository, CC BY 4.0.
"""

import sys
from pathlib import Path

from sklearn.datasets import load_breast_cancer


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: python data.py FILE")
    path = Path(sys.argv[1])
    data = load_breast_cancer(as_frame=True)
    table = data.data.rename(columns=lambda name: name.replace(" ", "_"))
    # scikit-learn's target is 0 for malignant.
    table.insert(0, "malignant", 1 - data.target)
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n")
    print(f"{path}: {len(table)} rows, {int(table['malignant'].sum())} malignant")


if __name__ == "__main__":
    main()
