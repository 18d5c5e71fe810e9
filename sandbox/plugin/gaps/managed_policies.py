"""AmazonSageMakerFullAccess, which MiniStack does not hold: a role that leans on it could do nothing where IAM is enforced."""

import json

from plugin.contract import point

point("services.iam", "_make_aws_managed_record", ("name", "document", "description"))
point("services.iam", "_aws_managed_policies", dict)

_NAME = "AmazonSageMakerFullAccess"
_NAMED = ("SageMaker", "Sagemaker", "sagemaker", "aws-glue")
# What its published document allows of the services that answer here; those that do not are left out.
_STATEMENTS = [
    {"Effect": "Allow", "Resource": "*", "Action": [
        "sagemaker:*", "application-autoscaling:*", "cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics", "cloudwatch:PutMetricAlarm",
        "cloudwatch:PutMetricData", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CreateRepository",
        "ecr:Describe*", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "ecr:StartImageScan",
        "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission", "ec2:Describe*", "kms:DescribeKey", "kms:ListAliases",
        "logs:CreateLogDelivery", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DeleteLogDelivery",
        "logs:Describe*", "logs:GetLogDelivery", "logs:GetLogEvents", "logs:ListLogDeliveries", "logs:PutLogEvents",
        "logs:PutResourcePolicy", "logs:UpdateLogDelivery", "s3:CreateBucket", "s3:GetBucketAcl", "s3:GetBucketCors",
        "s3:GetBucketLocation", "s3:ListAllMyBuckets", "s3:ListBucket", "s3:PutBucketCors"]},
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
     "Resource": [f"arn:aws:s3:::*{name}*" for name in _NAMED]},
    {"Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": [
        f"arn:aws:lambda:*:*:function:*{name}*" for name in (*_NAMED[:3], "LabelingFunction")]},
    {"Effect": "Allow", "Action": ["iam:PassRole"], "Resource": "arn:aws:iam::*:role/*AmazonSageMaker*",
     "Condition": {"StringEquals": {"iam:PassedToService": ["glue.amazonaws.com", "robomaker.amazonaws.com", "states.amazonaws.com"]}}},
    {"Effect": "Allow", "Action": ["iam:PassRole"], "Resource": "arn:aws:iam::*:role/*",
     "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}},
]


def install() -> None:
    from ministack.services import iam

    document = json.dumps({"Version": "2012-10-17", "Statement": _STATEMENTS})
    iam._aws_managed_policies.setdefault(f"arn:aws:iam::aws:policy/{_NAME}", iam._make_aws_managed_record(_NAME, document, ""))
