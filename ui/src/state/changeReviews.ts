import type { SessionId } from '../bindings';
import { ChangeComments } from './changeComments.svelte';
import type { Keeper } from './keeper.svelte';
import { Viewed } from './viewed.svelte';

/** Review of the changes of one session by the person; each part is kept from its first use on. */
export class ChangeReview {
  readonly #keeper: Keeper;
  readonly #session: SessionId;
  readonly #viewed = new Viewed();
  readonly #comments = new ChangeComments();
  #keepsViewed = false;
  #keepsComments = false;

  constructor(keeper: Keeper, session: SessionId) {
    this.#keeper = keeper;
    this.#session = session;
  }

  /** Hunks that the person has marked as viewed. */
  get viewed(): Viewed {
    if (!this.#keepsViewed) {
      this.#keepsViewed = true;
      this.#keeper.keep(`viewed ${this.#session}`, this.#viewed);
    }
    return this.#viewed;
  }

  /** The person's comments, collected for the next prompt. */
  get comments(): ChangeComments {
    if (!this.#keepsComments) {
      this.#keepsComments = true;
      this.#keeper.keep(`comments ${this.#session}`, this.#comments);
    }
    return this.#comments;
  }
}

/** Reviews of changes, one per session for as long as the page lives: a session that comes up again has the one it had. */
export class ChangeReviews {
  readonly #keeper: Keeper;
  readonly #reviews = new Map<SessionId, ChangeReview>();

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
  }

  /** Returns the review of a session. Called outside of effects: what is created in one isn't followed by it. */
  of(session: SessionId): ChangeReview {
    let review = this.#reviews.get(session);
    if (!review) {
      review = new ChangeReview(this.#keeper, session);
      this.#reviews.set(session, review);
    }
    return review;
  }
}
