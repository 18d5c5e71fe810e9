/** What people write on models, versions, datasets and runs. Types only. */
import type { Actor } from './contract';

/** A text with who wrote it, and when (ISO 8601). */
export interface Note {
  readonly text: string;
  readonly by: Actor;
  readonly at: string;
}

/** What people wrote on a thing; comments are kept apart. */
export interface Noted {
  readonly description?: Note;
  /** By key. */
  readonly tags?: Readonly<Record<string, Note>>;
  /** Why it may not be deleted. */
  readonly hold?: Note;
}

/** Who looks after a model beside its owner, and whether it is still in use. */
export interface ModelOversight extends Noted {
  /** Who validates the model, independent of its owner. */
  readonly validator?: Note;
  /** The day by which it has to be reviewed again, `2027-01-31`. */
  readonly nextReview?: Note;
  /** Why it takes no runs and no releases any more. */
  readonly retired?: Note;
}

/** One comment on a thing; comments are never changed. */
export interface CommentRecord extends Note {
  readonly commentId: string;
}
