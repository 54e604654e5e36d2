/** A prompt that isn't sent yet, with its images. */
export class Draft {
  text = $state('');
  images = $state.raw<string[]>([]);

  get empty(): boolean {
    return this.text.trim() === '' && this.images.length === 0;
  }
}

const drafts = new Map<string, Draft>();

/** Returns the draft of a session, or of one that isn't started yet. In memory only: a prompt may hold a secret. */
export function draftOf(session: string): Draft {
  let draft = drafts.get(session);
  if (!draft) {
    draft = new Draft();
    drafts.set(session, draft);
  }
  return draft;
}
