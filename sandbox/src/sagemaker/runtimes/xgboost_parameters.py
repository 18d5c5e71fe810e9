"""What the built-in XGBoost algorithm takes as hyperparameters: it refuses names and values that AWS's refuses."""

import math

INF = math.inf
WHOLE = {
    "num_round": (1, INF), "csv_weights": (0, 1), "early_stopping_rounds": (1, INF), "verbosity": (0, 3),
    "nthread": (1, INF), "max_depth": (0, INF), "refresh_leaf": (0, 1), "max_leaves": (0, INF), "max_bin": (0, INF),
    "one_drop": (0, 1), "num_class": (2, INF), "_kfold": (2, INF), "_num_cv_round": (1, INF),
    "seed": (-(2**31) + 1, 2**31 - 2), "num_parallel_tree": (1, INF),
}
REAL = {
    "eta": (0, 1), "gamma": (0, INF), "min_child_weight": (0, INF), "max_delta_step": (0, INF), "lambda": (0, INF),
    "alpha": (0, INF), "rate_drop": (0, 1), "skip_drop": (0, 1), "lambda_bias": (0, 1), "base_score": (0, INF),
}
# The lower end is not in the range; the upper is, unless it is marked.
ABOVE = {
    "subsample": (0, 1), "colsample_bytree": (0, 1), "colsample_bylevel": (0, 1), "colsample_bynode": (0, 1),
    "scale_pos_weight": (0, INF), "tweedie_variance_power": (1, 2), "sketch_eps": (0, 1),
}
OPEN_ABOVE = ("tweedie_variance_power", "sketch_eps")
CHOICES = {
    "booster": ("gbtree", "gblinear", "dart"),
    "tree_method": ("auto", "exact", "approx", "hist", "gpu_hist"),
    "dsplit": ("row", "col"),
    "process_type": ("default", "update"),
    "grow_policy": ("depthwise", "lossguide"),
    "predictor": ("auto", "cpu_predictor", "gpu_predictor"),
    "sample_type": ("uniform", "weighted"),
    "normalize_type": ("tree", "forest"),
    "save_model_on_termination": ("true", "false"),
    "aft_loss_distribution": ("normal", "logistic", "extreme"),
    "deterministic_histogram": ("true", "false"),
    "use_dask_gpu_training": ("true", "false"),
    "objective": (
        "binary:logistic", "binary:logitraw", "binary:hinge", "count:poisson", "multi:softmax", "multi:softprob",
        "rank:pairwise", "rank:ndcg", "rank:map", "reg:linear", "reg:squarederror", "reg:logistic", "reg:gamma",
        "reg:pseudohubererror", "reg:squaredlogerror", "reg:absoluteerror", "reg:tweedie", "survival:aft",
        "survival:cox",
    ),
}
FREE = (
    "updater", "monotone_constraints", "interaction_constraints", "eval_metric", "_tuning_objective_metric",
    "aft_loss_distribution_scale", "max_cat_to_onehot", "max_cached_hist_node", "sampling_method", "huber_slope",
)
ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}


def checked(raw, refuse):
    """The hyperparameters by their first names; calls `refuse` with the reason where AWS's algorithm fails."""
    given = {ALIASES.get(name, name): value for name, value in raw.items() if not name.startswith("sagemaker_")}
    if "num_round" not in given:
        refuse("Missing required hyperparameter: num_round")
    for name, value in given.items():
        check(name, value, refuse)
    objective = given.get("objective", "reg:squarederror")
    if objective in ("multi:softmax", "multi:softprob") and "num_class" not in given:
        refuse("Require input for parameter 'num_class' for multi-classification")
    metrics = str(given.get("eval_metric", "")).split(",")
    if "auc" in metrics and not objective.startswith(("binary:", "rank:")):
        refuse("Metric 'auc' can only be applied for classification and ranking problems.")
    if "_kfold" in given:
        refuse("Hyperparameter _kfold: the sandbox trains one model, without folds")
    return given


def check(name, value, refuse):
    if name in CHOICES:
        if value not in CHOICES[name]:
            refuse(f"Hyperparameter {name}: {value} is not in {list(CHOICES[name])}")
    elif name in WHOLE:
        in_range(name, number(name, value, int, refuse), WHOLE[name], True, refuse)
    elif name in REAL:
        in_range(name, number(name, value, float, refuse), REAL[name], True, refuse)
    elif name in ABOVE:
        in_range(name, number(name, value, float, refuse), ABOVE[name], False, refuse)
    elif name not in FREE:
        refuse(f"Extraneous hyperparameter found: {name}")


def number(name, value, kind, refuse):
    try:
        return kind(value)
    except (TypeError, ValueError):
        return refuse(f"Hyperparameter {name}: could not parse value")


def in_range(name, value, ends, with_low, refuse):
    low, high = ends
    low_fits = value >= low if with_low else value > low
    high_fits = value < high if name in OPEN_ABOVE else value <= high
    if not (low_fits and high_fits):
        opening, closing = "[" if with_low else "(", ")" if name in OPEN_ABOVE or high == INF else "]"
        refuse(f"Hyperparameter {name}: {value} is not in {opening}{low}, {high}{closing}")
