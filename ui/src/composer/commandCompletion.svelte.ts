import type { PromptCommandsView, PromptCommandView } from '../bindings';

/** List of the prompt commands that a `/` at the start of the prompt may mean. */
export class CommandCompletion {
  /** Letters typed after the slash; `null` while no command is being typed. */
  query = $state<string | null>(null);
  picked = $state(0);
  view = $state.raw<PromptCommandsView | null>(null);
  readonly #fetch: () => Promise<PromptCommandsView | undefined>;

  constructor(fetch: () => Promise<PromptCommandsView | undefined>) {
    this.#fetch = fetch;
  }

  /** Commands that match: those that begin with the letters first. */
  get matches(): readonly PromptCommandView[] {
    if (this.query === null || !this.view) return [];
    const query = this.query.toLowerCase();
    const begins = (each: PromptCommandView) => each.name.toLowerCase().startsWith(query);
    const holds = this.view.commands.filter((each) => each.name.toLowerCase().includes(query));
    return [...holds.filter(begins), ...holds.filter((each) => !begins(each))];
  }

  /** Whether there is something to list: commands, files that are none, or how to make the first. */
  get listed(): boolean {
    if (this.query === null || !this.view) return false;
    return this.matches.length > 0 || this.query === '';
  }

  /** Takes over the text before the cursor. The commands are read anew whenever a slash is typed. */
  async update(before: string): Promise<void> {
    const typed = /^\/([\p{L}\p{N}_-]*)$/u.exec(before)?.[1] ?? null;
    if (typed === this.query) return;
    const begins = this.query === null && typed !== null;
    this.query = typed;
    this.picked = 0;
    if (begins) this.view = (await this.#fetch()) ?? null;
  }

  move(by: 1 | -1): void {
    const { length } = this.matches;
    if (length > 0) this.picked = (this.picked + by + length) % length;
  }

  close(): void {
    this.query = null;
  }
}

/** Reports whether a prompt may be a command with arguments: the host knows. */
export function mayBeCommand(text: string): boolean {
  return /^\/[\p{L}\p{N}_-]+(\s|$)/u.test(text);
}
