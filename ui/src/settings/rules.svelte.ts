import type { CommandError, RuleDecision, RuleView, RulesView } from '../bindings';
import { asCommandError } from '../host/host';
import type { WindowState } from '../state/window.svelte';

/** How long nothing may be typed before the app is asked about it. */
const PAUSE_MS = 160;

/** The answer to the last thing that was typed: an answer that was overtaken is never shown as that of what stands there now. */
export class LastAnswer<Question, Answer> {
  answer = $state.raw<Answer | null>(null);
  failure = $state.raw<CommandError | null>(null);
  /** What `answer` or `failure` is about, as JSON. */
  #about = $state<string | null>(null);
  #asked: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #ask: (question: Question) => Promise<Answer>;

  constructor(ask: (question: Question) => Promise<Answer>) {
    this.#ask = ask;
  }

  /** Whether there is an answer, and it is to this. */
  isTo(question: Question): boolean {
    return this.#about === JSON.stringify(question);
  }

  /** Asks after a pause; `null` takes the answer away. */
  ask(question: Question | null): void {
    clearTimeout(this.#timer);
    if (question === null) {
      this.#asked = this.#about = this.answer = this.failure = null;
      return;
    }
    this.#timer = setTimeout(() => void this.#send(question), PAUSE_MS);
  }

  async #send(question: Question): Promise<void> {
    const asked = JSON.stringify(question);
    this.#asked = asked;
    let answer: Answer | null = null;
    let failure: CommandError | null = null;
    try {
      answer = await this.#ask(question);
    } catch (thrown) {
      failure = asCommandError(thrown);
    }
    if (this.#asked !== asked) return;
    this.answer = answer;
    this.failure = failure;
    this.#about = asked;
  }
}

/** The person's rules, as the host has them. */
export class RuleBook {
  view = $state.raw<RulesView | null>(null);
  /** Why they could not be had. */
  failure = $state.raw<CommandError | null>(null);
  readonly #shown: WindowState;

  constructor(shown: WindowState) {
    this.#shown = shown;
  }

  get here(): RuleView[] {
    return this.view?.rules.filter((rule) => rule.here) ?? [];
  }

  get elsewhere(): RuleView[] {
    return this.view?.rules.filter((rule) => !rule.here) ?? [];
  }

  async load(): Promise<void> {
    try {
      this.view = await this.#shown.host.call('rules', {});
      this.failure = null;
    } catch (thrown) {
      this.failure = asCommandError(thrown);
    }
  }

  /** Takes a rule out, and says how to have it back. */
  async remove(rule: RuleView): Promise<boolean> {
    const view = await this.#shown.call('delete_rule', { id: rule.id });
    if (!view) {
      void this.load();
      return false;
    }
    this.view = view;
    this.#shown.tell(`Rule deleted: ${rule.decision} ${rule.command}`, {
      label: 'Undo',
      run: () => void this.#restore(rule.id),
    });
    return true;
  }

  async #restore(id: string): Promise<void> {
    this.view = (await this.#shown.call('restore_rule', { id })) ?? this.view;
  }
}

/** What each decision means for a command. */
export const DECISIONS: { value: RuleDecision; name: string; explain: string }[] = [
  { value: 'allow', name: 'Allow', explain: 'runs without asking' },
  { value: 'ask', name: 'Ask', explain: 'waits for you' },
  { value: 'deny', name: 'Deny', explain: 'is never run' },
];
