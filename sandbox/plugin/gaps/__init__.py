"""One module a gap: it declares the extension points that it needs when imported, and fills the gap in `install()`."""

import importlib

# In this order: later modules may wrap what earlier ones replaced.
MODULES = (
    "sagemaker_api",
    "sagemaker_states",
    "sagemaker_stacks",
    "more_resource_types",
    "autoscaling",
    "custom_resources",
    "template_checks",
    "stack_exports",
    "sdk_tasks",
    "state_errors",
    "executions",
    "task_tokens",
    "parallel_states",
    "distributed_map",
    "state_data",
    "execute_api",
    "bucket_properties",
    "table_properties",
    "function_properties",
    "mapping_properties",
    "messaging_properties",
    "machine_properties",
    "dashboard_properties",
    "http_api_properties",
    "network_properties",
    "role_properties",
    "function_environment",
    "event_log_targets",
    # Before what counts and buries the deliveries that failed.
    "target_permissions",
    "rule_targets",
    "faults",
    "async_invocations",
    "function_metrics",
    "log_metrics",
    "queue_metrics",
    "table_streams",
    "queue_sources",
    "queue_redrives",
    "metric_data",
    "alarms",
    "composite_alarms",
    "published_images",
    "service_quotas",
    "log_filters",
    "function_layers",
    "network_resources",
    "identity_resources",
    "event_resources",
    "machine_resources",
    "resource_attributes",
    "secret_references",
    "managed_policies",
    "log_queries",
    "iam_resources",
    "iam_enforcement",
    "key_permissions",
    "machine_permissions",
    "function_permissions",
    "service_permissions",
    "pipe_permissions",
    "pass_role",
    "answers",
    "physical_names",
    # Last: what it reads back is what all others made of a template.
    "readback",
)


def load() -> list:
    return [importlib.import_module(f"plugin.gaps.{name}") for name in MODULES]


def install() -> None:
    for module in load():
        module.install()
