import { SageMakerTrainer, type SageMakerTrainerProps, type XgboostAlgorithmProps } from './sagemaker-trainer';
import { TaskTokenTrainer, type TaskTokenTrainerProps } from './task-token-trainer';
import type { ITrainer } from './trainer-interface';

/** Ways to train a model. Write your own by implementing ITrainer. */
// biome-ignore lint/complexity/noStaticOnlyClass: jsii has no functions outside of classes.
export abstract class Trainer {
  /**
   * A SageMaker training job that runs a script of yours. The code arrives as a channel, so that the container needs no
   * network.
   *
   * @example
   * Trainer.sageMaker({ source: 'src', image: ModelImage.xgboost('3.2-0') });
   */
  public static sageMaker(props: SageMakerTrainerProps): ITrainer {
    return new SageMakerTrainer(props);
  }

  /** XGBoost's built-in algorithm on numeric columns: no code of your own. Needs `Processing.split()`. */
  public static xgboostAlgorithm(props: XgboostAlgorithmProps): ITrainer {
    return new SageMakerTrainer(props);
  }

  /**
   * A worker of yours, anywhere: each run puts a message with a task token into a queue, and goes on when the worker
   * answers with `SendTaskSuccess` and `{"archiveUri": "s3://…/model.tar.gz"}`.
   */
  public static taskToken(props: TaskTokenTrainerProps): ITrainer {
    return new TaskTokenTrainer(props);
  }
}
