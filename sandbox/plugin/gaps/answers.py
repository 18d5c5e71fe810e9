"""Answers that differ in one member: a secret without a value, the times of dashboards."""

from plugin.contract import point

point("services.secretsmanager", "_get_secret_value", ("data",))
point("services.cloudwatch", "_list_dashboards", ("params", "cbor_data", "is_cbor", "is_json"))
point("services.cloudwatch", "_ts_iso", ("epoch",))
point("services.cloudwatch", "_cbor_ok", ("data",))
point("services.cloudwatch", "_json_ok", ("data",))
point("services.cloudwatch", "_cbor_timestamp", ("value",))
point("services.cloudwatch", "_dashboards", object)

_NO_VALUE = "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"


def _getting_secret(get):
    def get_secret_value(data):
        from ministack.core.responses import error_response_json

        answer = get(data)
        if answer[0] < 300 and b'"SecretString"' not in answer[2] and b'"SecretBinary"' not in answer[2]:
            return error_response_json("ResourceNotFoundException", _NO_VALUE, 400)
        return answer

    return get_secret_value


def _listing_dashboards(list_all):
    def list_dashboards(params, cbor_data, is_cbor, is_json=False):
        """MiniStack writes LastModified as text, where the newer protocols have a number."""
        from ministack.services import cloudwatch

        if not is_cbor and not is_json:
            return list_all(params, cbor_data, is_cbor, is_json)
        prefix = cbor_data.get("DashboardNamePrefix") or ""
        entries = [{**{key: dashboard[key] for key in ("DashboardName", "DashboardArn", "Size")},
                    "LastModified": cloudwatch._cbor_timestamp(dashboard["LastModified"]) if is_cbor
                    else int(dashboard["LastModified"])}
                   for name, dashboard in sorted(cloudwatch._dashboards.items()) if name.startswith(prefix)]
        return (cloudwatch._cbor_ok if is_cbor else cloudwatch._json_ok)({"DashboardEntries": entries})

    return list_dashboards


def install() -> None:
    from ministack.services import cloudwatch, secretsmanager

    secretsmanager._get_secret_value = _getting_secret(secretsmanager._get_secret_value)
    cloudwatch._list_dashboards = _listing_dashboards(cloudwatch._list_dashboards)
