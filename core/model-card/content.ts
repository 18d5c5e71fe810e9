/**
 * A model card in the form that SageMaker takes (CreateModelCard's `Content`, and the card of a model package). Names and
 * limits are those of the published JSON schema.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html#model-cards-json-schema
 */
export interface ModelCardContent {
  readonly model_overview: {
    readonly model_name: string;
    readonly model_version: number;
    readonly model_description?: string;
    readonly model_creator?: string;
    readonly model_owner?: string;
    readonly problem_type?: string;
    readonly algorithm_type?: string;
    readonly model_artifact?: readonly string[];
    readonly inference_environment?: { readonly container_image: readonly string[] };
  };
  readonly intended_uses: {
    readonly purpose_of_model?: string;
    readonly intended_uses?: string;
    readonly factors_affecting_model_efficiency?: string;
    readonly risk_rating: 'High' | 'Medium' | 'Low' | 'Unknown';
    readonly explanations_for_risk_rating?: string;
  };
  readonly business_details: {
    readonly business_problem?: string;
    readonly business_stakeholders?: string;
    readonly line_of_business?: string;
  };
  readonly training_details: {
    readonly training_observations?: string;
    readonly training_job_details?: {
      readonly training_arn?: string;
      readonly training_datasets?: readonly string[];
      readonly training_environment?: { readonly container_image: readonly string[] };
      readonly hyper_parameters?: readonly { readonly name: string; readonly value: string }[];
    };
  };
  readonly evaluation_details: readonly EvaluationDetail[];
  readonly additional_information: {
    readonly ethical_considerations?: string;
    readonly caveats_and_recommendations?: string;
    readonly custom_details?: Readonly<Record<string, string>>;
  };
}

export interface EvaluationDetail {
  readonly name: string;
  readonly evaluation_observation?: string;
  readonly datasets?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly metric_groups: readonly MetricGroup[];
}

export interface MetricGroup {
  readonly name: string;
  readonly metric_data: readonly SimpleMetric[];
}

export interface SimpleMetric {
  readonly name: string;
  readonly type: 'number' | 'string' | 'boolean';
  readonly value: number | string | boolean;
  readonly notes?: string;
}
