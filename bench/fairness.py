"""The peer of fairness: ``fairness.py ROWS.csv`` prints the seconds that smclarify takes for four facets, and a DPPL.

Reading the file is not in the time: ours is given its columns too. Without a flip test, which needs features.
"""

import json
import sys
import time

import pandas as pd
from smclarify.bias.report import FacetColumn, LabelColumn, StageType, bias_report

GROUPS = {"sex": None, "race": None, "region": None, "age": [40]}


def measure(rows: pd.DataFrame) -> float:
    label = LabelColumn("label", rows["label"], [1])
    predicted = LabelColumn("predicted", rows["predicted"], [1])
    features = rows[list(GROUPS)]
    dppl = float("nan")
    for name, values in GROUPS.items():
        for value in [values] if values else [[each] for each in sorted(rows[name].unique())]:
            for stage in (StageType.PRE_TRAINING, StageType.POST_TRAINING):
                facet = FacetColumn(name, sensitive_values=value)
                report = bias_report(features, facet, label, stage, predicted, metrics=METRICS[stage])
                found = {each["name"]: each["value"] for each in report[0]["metrics"]}
                if value == ["female"] and "DPPL" in found:
                    dppl = found["DPPL"]
    return dppl


METRICS = {
    StageType.PRE_TRAINING: ["CI", "DPL", "JS", "KL", "KS", "LP", "TVD"],
    StageType.POST_TRAINING: ["AD", "DAR", "DCA", "DCR", "DI", "DPPL", "DRR", "GE", "RD", "SD", "TE"],
}


def main() -> None:
    rows = pd.read_csv(sys.argv[1])
    begun = time.perf_counter()
    dppl = measure(rows)
    print(json.dumps({"seconds": time.perf_counter() - begun, "dppl": dppl}))


if __name__ == "__main__":
    main()
