"""Holds out the test rows, then lets the user's preparation see the rest.

Runs in a processing job, as ``python3 split.py``. It reads every CSV file of the ``data`` input, sets a share of the
rows apart as the test set, splits the rest into train and validation rows, and calls the user's script, where there is
one, on those alone::

    python prepare.py --train DIR --validation DIR --output DIR

which writes ``DIR/train``, ``DIR/validation`` and ``DIR/preprocessing``. The test rows are written only after that
script has ended, and the input is removed before it starts: whoever writes the preparation never sees the rows by
which the model is judged.

Written for the test rows: ``test/test.csv`` (no header; the label first, then the features in order) and
``meta/split.json`` (columns, row counts, SHA-256 of ``test.csv``). Where the schema has facets, ``meta/facets.csv`` holds
them for the same rows in the same order: people are grouped by them also where the model does not see them.

Written beside them where the model is to be explained: ``test/explain.csv``, rows on walks from a training row to a test
row and back, one feature replaced after the other (a running number in the label's place; ``meta/split.json`` says which
walk is which). The model answers them in the same job, and its Shapley values are estimated from the differences.

Over 300 lines, because a job is given one file, whose digest is the whole of what it ran.
"""

import gzip
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
import tarfile

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

# The job puts this file at /opt/ml/processing/input/split/split.py.
BASE = os.path.abspath(__file__)
for _ in ("split.py", "split", "input", "processing"):
    BASE = os.path.dirname(BASE)
INPUT = os.path.join(BASE, "processing", "input")
OUTPUT = os.path.join(BASE, "processing", "output")
WORK = os.path.join(BASE, "processing", "work")
# SageMaker shows the first kilobyte of this file as the job's FailureReason.
MESSAGE_FILE = os.path.join(BASE, "output", "message")


class SplitError(Exception):
    """Something that the person who gave data or script can mend."""


def read_config():
    with open(os.path.join(INPUT, "config", "config.json"), encoding="utf-8") as file:
        return json.load(file)


def read_table(path):
    """One CSV as text: values travel on exactly as they came, whatever pandas would make of them."""
    name = os.path.basename(path)
    try:
        with open(path, "rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with (gzip.open(path, "rt", encoding="utf-8-sig", newline="") if packed
              else open(path, encoding="utf-8-sig", newline="")) as file:
            return pd.read_csv(file, dtype=str, keep_default_na=False)
    except UnicodeDecodeError as error:
        raise SplitError(f"{name} is not UTF-8: {error}.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, EOFError, gzip.BadGzipFile) as error:
        raise SplitError(f"{name} can't be read as CSV: {error}.") from error


def check_files(folder, files):
    """The job reads what is current: what went or changed since the plan must not pass as fewer or other rows."""
    for file in files:
        path = os.path.join(folder, *file["name"].split("/"))
        if not os.path.isfile(path):
            raise SplitError(f"{file['name']} is gone since the run was planned. Push the data again.")
        with open(path, "rb") as content:
            digest = hashlib.sha256(content.read()).hexdigest()
        if digest != file["sha256"]:
            raise SplitError(
                f"{file['name']} has the SHA-256 {digest}, planned was {file['sha256']}. Push the data again."
            )


def read_data(folder):
    paths = sorted(os.path.join(root, file) for root, _, files in os.walk(folder) for file in files)
    paths = [path for path in paths if path.endswith((".csv", ".csv.gz"))]
    if not paths:
        raise SplitError("The dataset version holds no file that ends in .csv or .csv.gz.")
    tables = [read_table(path) for path in paths]
    for path, table in zip(paths, tables):
        if list(table.columns) != list(tables[0].columns):
            raise SplitError(
                f"{os.path.basename(path)} has the columns {list(table.columns)}, "
                f"{os.path.basename(paths[0])} has {list(tables[0].columns)}: give all files the same header."
            )
    return pd.concat(tables, ignore_index=True)


# As validation has it: these stand for no value, and stay what they are.
MISSING = {"", "NA", "N/A", "NaN", "nan", "null", "NULL"}


def read_key():
    path = os.path.join(INPUT, "key", "hash.key")
    if not os.path.isfile(path):
        raise SplitError("The key by which columns are hashed is gone: what was hashed by it can't be hashed again.")
    with open(path, "rb") as file:
        key = file.read()
    shutil.rmtree(os.path.dirname(path), ignore_errors=True)
    if len(key) < 32:
        raise SplitError(f"The key by which columns are hashed has {len(key)} bytes; 32 are needed.")
    return key


def protect(data, rules):
    """Drops and hashes columns, before anything else looks at them; answers which."""
    missing = [name for name in rules if name not in data.columns]
    if missing:
        raise SplitError(f"Privacy rules name columns that the data lacks: {', '.join(missing)}.")
    dropped = [name for name, rule in rules.items() if rule == "drop"]
    hashed = [name for name, rule in rules.items() if rule == "hash"]
    key = read_key() if hashed else b""
    for name in hashed:
        codes = {value: value if value in MISSING or not value.strip() else hmac.new(key, value.encode(), "sha256").hexdigest()
                 for value in data[name].unique()}
        data[name] = data[name].map(codes)
    return data.drop(columns=dropped), {"dropped": dropped, "hashed": hashed}


def choose_columns(data, schema):
    """The label and the features in order; the id and the time of a row say nothing about the next row."""
    label = schema["label"]
    left_out = {label, schema.get("id"), schema.get("time")}
    features = [feature["name"] for feature in schema.get("features") or []]
    features = features or [name for name in data.columns if name not in left_out]
    missing = [name for name in [label, *features] if name not in data.columns]
    if missing:
        raise SplitError(f"The data has no column {', '.join(missing)}; it has {', '.join(data.columns)}.")
    if not features:
        raise SplitError(f"Beside the label '{label}' the data has no column to learn from.")
    unlabelled = int((data[label].str.strip() == "").sum())
    if unlabelled:
        raise SplitError(f"The label '{label}' is missing in {unlabelled} of {len(data)} rows.")
    chosen = data[[label, *features]]
    for name in chosen.columns:
        if chosen[name].str.contains("[\r\n]", regex=True).any():
            raise SplitError(f"Column '{name}' holds line breaks within a value; batch transform reads line by line.")
    return chosen


def choose_facets(data, schema):
    """By what people are grouped when fairness is judged; None where the schema says nothing."""
    names = schema.get("facets") or []
    missing = [name for name in names if name not in data.columns]
    if missing:
        raise SplitError(f"The data has no column {', '.join(missing)}, a facet; it has {', '.join(data.columns)}.")
    return data[names] if names else None


def split_rows(rows, share, seed, stratify, what):
    """Two disjoint parts of the rows, by class where a class is what is predicted."""
    labels = rows.iloc[:, 0] if stratify else None
    if stratify:
        counts = labels.value_counts()
        if len(counts) < 2:
            raise SplitError(f"The label '{rows.columns[0]}' has one class only ('{counts.index[0]}').")
        if counts.iloc[-1] < 2:
            raise SplitError(
                f"The label '{rows.columns[0]}' has the class '{counts.index[-1]}' in {counts.iloc[-1]} row: "
                f"too few to set {what} rows apart."
            )
    try:
        return train_test_split(rows, test_size=share, random_state=seed, stratify=labels)
    except ValueError as error:
        raise SplitError(f"{len(rows)} rows are too few to set {what} rows apart: {error}") from error


def write_rows(rows, folder, name, header=True):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    rows.to_csv(path, index=False, header=header, lineterminator="\n")
    return path


def prepare(entry, train, validation):
    """Calls the user's script on the train and validation rows alone."""
    source = os.path.join(WORK, "source")
    os.makedirs(source, exist_ok=True)
    with tarfile.open(os.path.join(INPUT, "source", "sourcedir.tar.gz")) as archive:
        archive.extractall(source, filter="data")
    script = os.path.join(source, entry)
    if not os.path.isfile(script):
        raise SplitError(f"The source has no file '{entry}'.")
    folders = {name: os.path.join(WORK, "raw", name) for name in ("train", "validation")}
    write_rows(train, folders["train"], "train.csv")
    write_rows(validation, folders["validation"], "validation.csv")
    command = [sys.executable, script, "--train", folders["train"], "--validation", folders["validation"],
               "--output", OUTPUT]
    done = subprocess.run(command, cwd=source, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    sys.stderr.write(done.stderr)
    if done.returncode != 0:
        last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "it wrote no message")
        raise SplitError(f"{entry} ended with exit code {done.returncode}: {last.strip()}")
    for name in ("train", "validation", "preprocessing"):
        folder = os.path.join(OUTPUT, name)
        if not os.path.isdir(folder) or not os.listdir(folder):
            raise SplitError(f"{entry} wrote nothing to {name} below --output.")


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


# Fewer rows say little of all the others.
FEWEST_EXPLAINED = 10


def choose_walks(features, train, test, options):
    """Test row, training row and order of the features of each walk; fewer where they ask for too many predictions."""
    rows = min(options["rows"], test)
    affordable = options["maxPredictions"] // (2 * features)
    permutations = max(1, min(options["permutations"], affordable // rows))
    fewest = min(FEWEST_EXPLAINED, rows)
    rows = min(rows, affordable)
    if rows < fewest:
        return None, (f"To explain {fewest} rows of {features} features takes {2 * features * fewest} predictions, and "
                      f"{options['maxPredictions']} are allowed: raise explain.maxPredictions of the model.")
    # This generator's numbers are the same in every version of NumPy.
    chosen = np.random.RandomState(options["seed"])
    picked = np.sort(chosen.choice(test, rows, replace=False))
    return [{"row": int(row), "background": int(chosen.randint(train)), "order": chosen.permutation(features).tolist()}
            for row in picked for _ in range(permutations)], None


def walk_rows(walks, train, test):
    """The rows of all walks: each from its training row to its test row, and back in the same order."""
    background, explained = train.iloc[:, 1:].to_numpy(), test.iloc[:, 1:].to_numpy()
    rows = []
    for walk in walks:
        start, end = background[walk["background"]], explained[walk["row"]]
        point = start.copy()
        rows.append(point.copy())
        for source, steps in ((end, walk["order"]), (start, walk["order"][:-1])):
            for feature in steps:
                point[feature] = source[feature]
                rows.append(point.copy())
    return pd.DataFrame(rows).rename_axis("point").reset_index()


def write_walks(train, test, options):
    walks, reason = choose_walks(test.shape[1] - 1, len(train), len(test), options)
    if reason:
        return {"reason": reason}
    path = write_rows(walk_rows(walks, train, test), os.path.join(OUTPUT, "test"), "explain.csv", header=False)
    return {"sha256": digest_of(path), "walks": walks}


def write_test(train, test, facets, config, counts, protected):
    path = write_rows(test, os.path.join(OUTPUT, "test"), "test.csv", header=False)
    meta = {
        "columns": list(test.columns),
        "rows": {**counts, "test": len(test)},
        "testSha256": digest_of(path),
        "testShare": config["testShare"],
        "seed": config["seed"],
    }
    if config.get("privacy"):
        meta["privacy"] = protected
    folder = os.path.join(OUTPUT, "meta")
    os.makedirs(folder, exist_ok=True)
    if facets is not None:
        meta["facetsSha256"] = digest_of(write_rows(facets.loc[test.index], folder, "facets.csv"))
    if config.get("explain"):
        meta["explain"] = write_walks(train, test, config["explain"])
    with open(os.path.join(folder, "split.json"), "w", encoding="utf-8") as file:
        json.dump(meta, file)


def main():
    config = read_config()
    check_files(os.path.join(INPUT, "data"), config.get("files") or [])
    table = read_data(os.path.join(INPUT, "data"))
    table, protected = protect(table, config.get("privacy") or {})
    data = choose_columns(table, config["schema"])
    facets = choose_facets(table, config["schema"])
    stratify = config["schema"]["problem"] != "regression"
    rest, test = split_rows(data, config["testShare"], config["seed"], stratify, "test")
    train, validation = split_rows(rest, config["validationShare"], config["seed"], stratify, "validation")
    # A read-only input stays; then only the job's isolation keeps the script from it.
    shutil.rmtree(os.path.join(INPUT, "data"), ignore_errors=True)
    if config.get("entry"):
        prepare(config["entry"], train, validation)
    else:
        write_rows(train, os.path.join(OUTPUT, "train"), "train.csv", config["header"])
        write_rows(validation, os.path.join(OUTPUT, "validation"), "validation.csv", config["header"])
        os.makedirs(os.path.join(OUTPUT, "preprocessing"), exist_ok=True)
        with open(os.path.join(OUTPUT, "preprocessing", "none.json"), "w", encoding="utf-8") as file:
            file.write("{}\n")
    write_test(train, test, facets, config, {"train": len(train), "validation": len(validation)}, protected)
    print(f"train {len(train)}, validation {len(validation)}, test {len(test)} rows")


def fail(message):
    os.makedirs(os.path.dirname(MESSAGE_FILE), exist_ok=True)
    with open(MESSAGE_FILE, "w", encoding="utf-8") as file:
        file.write(message[:1000])
    sys.exit(message)


if __name__ == "__main__":
    try:
        main()
    except SplitError as error:
        fail(str(error))
