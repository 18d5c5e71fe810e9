"""The control plane by boto3: jobs, models, packages, tags, lists, search, and what is refused."""

import datetime
import json

from botocore.exceptions import WaiterError
from harness import (BUCKET, ROLE, SKLEARN, archive, config, container, endpoint, ended, invoke, model, refused, s3, sm,
                     training)


def case_training_jobs_reach_both_ends_of_their_waiter():
    training("t-done", Tags=[{"Key": "team", "Value": "a"}])
    training("t-failed", HyperParameters={"fail": "1"})
    training("t-long", sleep=60)
    refused("ResourceInUse", training, "t-long")
    refused("ResourceInUse", sm.delete_training_job, TrainingJobName="t-long")
    sm.update_training_job(TrainingJobName="t-long", ProfilerConfig={"DisableProfiler": True})
    sm.stop_training_job(TrainingJobName="t-long")
    for name in ("t-done", "t-long"):
        ended("training", name)
    assert sm.describe_training_job(TrainingJobName="t-long")["TrainingJobStatus"] == "Stopped"
    for name in ("t-failed", "t-none"):
        try:
            ended("training", name)
            raise AssertionError(f"{name} did not end the waiter")
        except WaiterError:
            pass
    refused("ValidationException", sm.stop_training_job, TrainingJobName="t-done")
    refused("ValidationException", sm.update_training_job, TrainingJobName="t-done",
            ProfilerConfig={"DisableProfiler": True})
    done = sm.describe_training_job(TrainingJobName="t-done")
    assert isinstance(done["TrainingEndTime"], datetime.datetime)
    sm.delete_training_job(TrainingJobName="t-failed")
    refused("ResourceNotFound", sm.delete_training_job, TrainingJobName="t-failed")
    training("t-failed")
    ended("training", "t-failed")
    _searched_training_jobs()


def _searched_training_jobs():
    def found(filters, **extra):
        expression = {"Filters": [{"Name": name, "Operator": operator, "Value": value}
                                  for name, operator, value in filters]}
        answer = sm.search(Resource="TrainingJob", SearchExpression=expression, **extra)
        return [record["TrainingJob"]["TrainingJobName"] for record in answer["Results"]]

    assert found([("Tags.team", "Equals", "a")]) == ["t-done"]
    assert found([("TrainingJobName", "Contains", "t-"), ("TrainingJobStatus", "Equals", "Stopped")]) == ["t-long"]
    assert "t-done" in found([("Metrics.auc", "GreaterThan", "0.7")], SortBy="TrainingJobName")
    assert found([("HyperParameters.sleep", "Equals", "60")]) == ["t-long"]
    assert found([("CreationTime", "LessThan", "2020-01-01T00:00:00Z")]) == []
    nested = {"NestedFilters": [{"NestedPropertyName": "SecondaryStatusTransitions", "Filters": [
        {"Name": "SecondaryStatusTransitions.Status", "Operator": "Equals", "Value": "Stopping"}]}]}
    assert [record["TrainingJob"]["TrainingJobName"] for record in
            sm.search(Resource="TrainingJob", SearchExpression=nested)["Results"]] == ["t-long"]
    refused("ValidationException", found, [("Nothing", "Equals", "1")])
    pages = sm.get_paginator("search").paginate(Resource="TrainingJob", SortBy="TrainingJobName", SortOrder="Ascending",
                                                PaginationConfig={"PageSize": 1})
    names = [record["TrainingJob"]["TrainingJobName"] for page in pages for record in page["Results"]]
    assert names == sorted(names) and {"t-done", "t-failed", "t-long"} <= set(names), names
    hint = {"PropertyNameQuery": {"PropertyNameHint": "HyperParameters.sl"}}
    assert sm.get_search_suggestions(Resource="TrainingJob", SuggestionQuery=hint)["PropertyNameSuggestions"] == [
        {"PropertyName": "HyperParameters.sleep"}]


def case_processing_and_transform_jobs():
    s3.put_object(Bucket=BUCKET, Key="processing/run.py", Body=b"import time\ntime.sleep(30)\n")
    sm.create_processing_job(
        ProcessingJobName="p-long", RoleArn=ROLE,
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}},
        AppSpecification={"ImageUri": SKLEARN, "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/run.py"]},
        ProcessingInputs=[{"InputName": "code", "S3Input": {
            "S3Uri": f"s3://{BUCKET}/processing/run.py", "LocalPath": "/opt/ml/processing/code",
            "S3DataType": "S3Prefix", "S3InputMode": "File"}}])
    refused("ResourceInUse", sm.delete_processing_job, ProcessingJobName="p-long")
    assert sm.list_processing_jobs(StatusEquals="InProgress")["ProcessingJobSummaries"]
    sm.stop_processing_job(ProcessingJobName="p-long")
    ended("processing", "p-long")
    assert sm.describe_processing_job(ProcessingJobName="p-long")["ProcessingJobStatus"] == "Stopped"
    sm.delete_processing_job(ProcessingJobName="p-long")
    refused("ValidationException", sm.describe_processing_job, ProcessingJobName="p-long")
    model("transformer")
    s3.put_object(Bucket=BUCKET, Key="transform/in.csv", Body=b"1\n2\n")
    request = {
        "ModelName": "transformer", "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/transform/out"},
        "TransformInput": {"ContentType": "text/csv", "SplitType": "Line", "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/transform/in.csv"}}},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1}}
    sm.create_transform_job(TransformJobName="x-done", **request)
    ended("transform", "x-done")
    refused("ResourceInUse", sm.create_transform_job, TransformJobName="x-done", **request)
    refused("ValidationException", sm.create_transform_job, TransformJobName="x-none",
            **{**request, "ModelName": "nothing"})
    refused("ValidationException", sm.stop_transform_job, TransformJobName="x-done")
    sm.create_transform_job(TransformJobName="x-stopped", **request)
    sm.stop_transform_job(TransformJobName="x-stopped")
    ended("transform", "x-stopped")
    assert sm.list_transform_jobs(NameContains="x-", SortBy="Status")["TransformJobSummaries"]


def case_lists_filter_sort_and_page():
    names = [f"list-{letter}" for letter in "cabd"]
    for name in names:
        sm.create_model_package_group(ModelPackageGroupName=name)
    listed = lambda **request: [group["ModelPackageGroupName"] for group in sm.list_model_package_groups(
        NameContains="LIST-", **request)["ModelPackageGroupSummaryList"]]
    assert listed() == names
    assert listed(SortOrder="Descending") == names[::-1]
    assert listed(SortBy="Name") == sorted(names)
    assert listed(MaxResults=2, SortBy="Name", SortOrder="Descending") == ["list-d", "list-c"]
    assert listed(CreationTimeAfter=datetime.datetime(2100, 1, 1)) == []
    first = sm.list_model_package_groups(NameContains="list-", SortBy="Name", MaxResults=2)
    sm.delete_model_package_group(ModelPackageGroupName="list-a")
    second = sm.list_model_package_groups(NameContains="list-", SortBy="Name", MaxResults=2,
                                          NextToken=first["NextToken"])
    assert [group["ModelPackageGroupName"] for group in second["ModelPackageGroupSummaryList"]] == ["list-c", "list-d"]
    assert "NextToken" not in second
    refused("ValidationException", sm.list_model_package_groups, NextToken="none")
    refused("ValidationException", sm.list_training_jobs, NameContains="not_a_name")
    pages = sm.get_paginator("list_model_package_groups").paginate(NameContains="list-", PaginationConfig={"PageSize": 1})
    assert sum(len(page["ModelPackageGroupSummaryList"]) for page in pages) == 3
    for call in (sm.list_models, sm.list_endpoints, sm.list_endpoint_configs, sm.list_training_jobs):
        call(MaxResults=1, CreationTimeAfter=datetime.datetime(2020, 1, 1))


def _specification():
    return {"Containers": [container("packaged")], "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"]}


def case_model_packages_have_versions_and_approval():
    group = {"ModelPackageGroupName": "packages"}
    arn = sm.create_model_package_group(**group, Tags=[{"Key": "a", "Value": "b"}])["ModelPackageGroupArn"]
    refused("ValidationException", sm.create_model_package_group, **group)
    assert sm.describe_model_package_group(**group)["ModelPackageGroupStatus"] == "Completed"
    request = {**group, "InferenceSpecification": _specification()}
    first = sm.create_model_package(**request, ClientToken="token")["ModelPackageArn"]
    assert sm.create_model_package(**request, ClientToken="token")["ModelPackageArn"] == first
    refused("ConflictException", sm.create_model_package, **request, ModelPackageDescription="other", ClientToken="token")
    second = sm.create_model_package(**request, ModelApprovalStatus="Approved",
                                     CustomerMetadataProperties={"k": "v", "gone": "1"})["ModelPackageArn"]
    assert (first, second) == (f"{arn.replace('-group/', '/')}/1", f"{arn.replace('-group/', '/')}/2")
    assert sm.describe_model_package(ModelPackageName=first)["ModelApprovalStatus"] == "PendingManualApproval"
    sm.update_model_package(ModelPackageArn=first, ModelApprovalStatus="Rejected", ApprovalDescription="no",
                            ModelLifeCycle={"Stage": "Development", "StageStatus": "Pending"})
    sm.update_model_package(ModelPackageArn=second, CustomerMetadataPropertiesToRemove=["gone"])
    assert sm.describe_model_package(ModelPackageName=first)["ApprovalDescription"] == "no"
    assert sm.describe_model_package(ModelPackageName=second)["CustomerMetadataProperties"] == {"k": "v"}
    listed = sm.list_model_packages(**group, SortOrder="Descending")["ModelPackageSummaryList"]
    assert [package["ModelPackageVersion"] for package in listed] == [2, 1]
    assert "ModelPackageName" not in listed[0], "a version is named by its group and number"
    assert len(sm.list_model_packages(**group, ModelApprovalStatus="Approved")["ModelPackageSummaryList"]) == 1
    found = sm.batch_describe_model_package(ModelPackageArnList=[first, f"{first}0"])
    assert list(found["ModelPackageSummaries"]) == [first]
    assert list(found["BatchDescribeModelPackageErrorMap"]) == [f"{first}0"]
    expression = {"Filters": [{"Name": "ModelApprovalStatus", "Operator": "Equals", "Value": "Approved"}]}
    assert len(sm.search(Resource="ModelPackage", SearchExpression=expression)["Results"]) == 1
    refused("ConflictException", sm.delete_model_package_group, **group)
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    sm.put_model_package_group_policy(**group, ResourcePolicy=policy)
    assert sm.get_model_package_group_policy(**group)["ResourcePolicy"] == policy
    sm.delete_model_package_group_policy(**group)
    refused("ValidationException", sm.get_model_package_group_policy, **group)
    assert sm.list_model_package_groups(NameContains="packages")["ModelPackageGroupSummaryList"]
    sm.create_model(ModelName="from-package", ExecutionRoleArn=ROLE, Containers=[{"ModelPackageName": second}])
    assert sm.describe_model(ModelName="from-package")["Containers"][0]["Image"] == SKLEARN
    for package in (first, second):
        sm.delete_model_package(ModelPackageName=package)
    refused("ValidationException", sm.describe_model_package, ModelPackageName=second)
    assert sm.create_model_package(**request)["ModelPackageArn"].endswith("/3")
    sm.create_model_package(ModelPackageName="alone", InferenceSpecification=_specification())
    refused("ValidationException", sm.create_model_package, ModelPackageName="alone")
    assert [package["ModelPackageName"] for package in
            sm.list_model_packages(NameContains="alone")["ModelPackageSummaryList"]] == ["alone"]
    sm.delete_model_package(ModelPackageName="alone")


def case_tags_of_every_kind():
    arns = [
        sm.create_model_package_group(ModelPackageGroupName="tagged")["ModelPackageGroupArn"],
        sm.create_model(ModelName="tagged", ExecutionRoleArn=ROLE, PrimaryContainer=container("tagged"))["ModelArn"],
        sm.describe_endpoint_config(EndpointConfigName=config("tagged", "tagged"))["EndpointConfigArn"],
    ]
    for arn in arns:
        assert sm.list_tags(ResourceArn=arn)["Tags"] == []
        sm.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        sm.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "3"}])
        sm.delete_tags(ResourceArn=arn, TagKeys=["b"])
        assert sm.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "3"}]
        refused("ValidationException", sm.add_tags, ResourceArn=arn,
                Tags=[{"Key": str(index), "Value": ""} for index in range(50)])
        refused("ValidationException", sm.list_tags, ResourceArn=f"{arn}-none")
    sm.delete_model(ModelName="tagged")
    refused("ValidationException", sm.list_tags, ResourceArn=arns[1])


def case_refusals_have_the_codes_and_texts_of_aws():
    missing = {
        "Could not find model": (sm.describe_model, {"ModelName": "none"}),
        "Could not find endpoint ": (sm.describe_endpoint, {"EndpointName": "none"}),
        "Could not find endpoint configuration": (sm.describe_endpoint_config, {"EndpointConfigName": "none"}),
        "Requested resource not found": (sm.describe_training_job, {"TrainingJobName": "none"}),
        "does not exist": (sm.describe_model_package_group, {"ModelPackageGroupName": "none"}),
    }
    for text, (call, request) in missing.items():
        assert text in str(refused("ValidationException", call, **request))
    refused("ValidationException", sm.create_endpoint, EndpointName="none", EndpointConfigName="none")
    refused("ValidationException", config, "none", "none")
    refused("ValidationException", sm.create_model, ModelName="none", ExecutionRoleArn=ROLE,
            PrimaryContainer={"Image": SKLEARN, "ModelDataUrl": f"s3://{BUCKET}/none.tar.gz"})
    error = refused("ValidationException", sm.create_model, ModelName="-bad-", ExecutionRoleArn="x" * 20)
    assert "validation errors detected: Value '-bad-' at 'modelName' failed to satisfy constraint" in str(error)


def case_a_model_and_config_in_use_may_be_deleted():
    config("in-use", model("in-use"))
    sm.create_endpoint(EndpointName="in-use", EndpointConfigName="in-use")
    for call, extra in ((sm.delete_endpoint, {}), (sm.update_endpoint, {"EndpointConfigName": "in-use"})):
        error = refused("ValidationException", call, EndpointName="in-use", **extra)
        assert 'Cannot update in-progress endpoint "arn:aws:sagemaker:' in str(error)
    sm.get_waiter("endpoint_in_service").wait(EndpointName="in-use", WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
    refused("ValidationException", sm.create_endpoint, EndpointName="in-use", EndpointConfigName="in-use")
    sm.delete_model(ModelName="in-use")
    sm.delete_endpoint_config(EndpointConfigName="in-use")
    assert invoke("in-use", "x") == "in-use:x"
    config("in-use-two", model("in-use-two"))
    # AWS reads the config that serves when it updates.
    error = refused("ValidationException", sm.update_endpoint, EndpointName="in-use", EndpointConfigName="in-use-two")
    assert "endpoint-config/in-use\"" in str(error)
    sm.delete_endpoint(EndpointName="in-use")
    sm.get_waiter("endpoint_deleted").wait(EndpointName="in-use", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})


def case_an_endpoint_that_cannot_come_up_is_failed():
    url = archive("models/not-loading.tar.gz", {"code/inference.py": "raise RuntimeError('broken')\n"})
    model("broken", PrimaryContainer={"Image": SKLEARN, "ModelDataUrl": url})
    try:
        endpoint("broken", config("broken", "broken"))
        raise AssertionError("it came up")
    except WaiterError as error:
        assert error.last_response["EndpointStatus"] == "Failed"
    try:
        sm.get_waiter("endpoint_deleted").wait(EndpointName="broken", WaiterConfig={"Delay": 0.1, "MaxAttempts": 3})
        raise AssertionError("it is not deleted")
    except WaiterError:
        pass
    refused("ValidationException", sm.update_endpoint, EndpointName="broken", EndpointConfigName="broken")
    sm.delete_endpoint(EndpointName="broken")


CASES = [case for name, case in list(globals().items()) if name.startswith("case_")]
