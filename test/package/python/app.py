"""The platform engineer's app in Python: a platform, and a model on it, from the wheel."""

from aws_cdk import App, Duration, Stack, aws_events as events, aws_iam as iam
from cdk_mlops import (
    Approval,
    MlopsPlatform,
    ModelImage,
    ModelLifecycle,
    Policy,
    ProblemType,
    Processing,
    RiskTier,
    Stage,
    Trainer,
)

app = App()

shared = Stack(app, "Platform")
MlopsPlatform(shared, "Mlops", stage=Stage.PROD, notification_emails=["risk@example.com"])

own = Stack(app, "Credit")
image = ModelImage.xgboost("3.2-0")
credit = ModelLifecycle(
    own,
    "Credit",
    platform=MlopsPlatform.from_platform_name(own, "Mlops", stage=Stage.PROD),
    owner="lending",
    risk_tier=RiskTier.HIGH,
    schema={"label": "default", "problem": ProblemType.BINARY, "id": "application_id", "facets": ["sex"]},
    preprocessing=Processing.script("prepare.py", image=image),
    trainer=Trainer.sage_maker(source="src", image=image, hyperparameters={"rounds": "50"}),
    policies=[
        Policy.metric("roc_auc", min=0.75),
        Policy.beats_champion(margin=0.01),
        Policy.lineage_complete(),
        Policy.data_validated(),
    ],
    approval=Approval.manual(),
    endpoint={"instance_type": "ml.m5.large", "latency_threshold": Duration.millis(300)},
    schedule=events.Schedule.rate(Duration.days(7)),
)
caller = iam.Role(own, "Loans", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
credit.grant_invoke(caller)

app.synth()
