"""FilterLogEvents by a prefix of stream names, which MiniStack ignores: lines of one job would mix with another's."""

from plugin.contract import point

point("services.cloudwatch_logs", "_filter_log_events", ("data",))
point("services.cloudwatch_logs", "_resolve_log_group_name", ("data",))
point("services.cloudwatch_logs", "_log_groups", object)


def install() -> None:
    from ministack.services import cloudwatch_logs

    search = cloudwatch_logs._filter_log_events

    def search_by_prefix(data):
        prefix = data.get("logStreamNamePrefix")
        group = cloudwatch_logs._resolve_log_group_name(data)
        if not prefix or group not in cloudwatch_logs._log_groups:
            return search(data)
        names = [name for name in cloudwatch_logs._log_groups[group]["streams"] if name.startswith(prefix)]
        # An empty list would mean every stream; this name holds none, since AWS allows no colon in one.
        return search({**data, "logStreamNames": names or [":none"]})

    cloudwatch_logs._filter_log_events = search_by_prefix
