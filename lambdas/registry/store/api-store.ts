/** The store with what only people ask for, by the API: handlers of pipelines leave it out of their bundles. */
import { NotesStore } from './notes';
import { fromEnvironment } from './open';

export class ApiStore extends NotesStore {
  static override fromEnvironment(this: void): ApiStore {
    return new ApiStore(fromEnvironment());
  }
}
