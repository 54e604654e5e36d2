/** Sizes of the panels and how diffs are shown, remembered between starts. */
interface Saved {
  sidebar: number;
  changes: number;
  sidebarOpen: boolean;
  changesOpen: boolean;
  sideBySide: boolean;
}

const KEY = 'layout';
const FIRST: Saved = { sidebar: 232, changes: 340, sidebarOpen: true, changesOpen: true, sideBySide: false };

/** The least width of the Changes panel, and what it leaves of the window's to the conversation. */
const LEAST_CHANGES = 260;
const LEAST_CENTRE = 380;

/** Below this width the Changes panel lies over the conversation instead of beside it. */
const WIDE = 1120;
/** Below this one the sidebar does too. */
const NARROW = 760;

class Layout {
  sidebar = $state(FIRST.sidebar);
  #changes = $state(FIRST.changes);
  #sidebarOpen = $state(FIRST.sidebarOpen);
  #changesOpen = $state(FIRST.changesOpen);
  #sideBySide = $state(FIRST.sideBySide);
  /** On a narrow window a panel is opened for a look, and that is not remembered. */
  #sidebarOver = $state(false);
  #changesOver = $state(false);
  width = $state(1280);

  constructor() {
    if (typeof localStorage === 'undefined') return;
    let saved: Partial<Saved> = {};
    try {
      saved = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Saved>;
    } catch {
      // what is not readable is as good as not there
    }
    this.sidebar = within(saved.sidebar, 180, 360, FIRST.sidebar);
    this.#changes = within(saved.changes, LEAST_CHANGES, Infinity, FIRST.changes);
    this.#sidebarOpen = saved.sidebarOpen ?? true;
    this.#changesOpen = saved.changesOpen ?? true;
    this.#sideBySide = saved.sideBySide ?? false;
    this.width = window.innerWidth;
  }

  /** The width of the Changes panel: as it was set, where there is room for it. */
  get changes(): number {
    return Math.min(this.#changes, this.mostChanges);
  }

  get mostChanges(): number {
    const sidebar = this.#sidebarOpen ? this.sidebar : 0;
    return Math.max(LEAST_CHANGES, this.width - sidebar - LEAST_CENTRE);
  }

  get wide(): boolean {
    return this.width >= WIDE;
  }

  get narrow(): boolean {
    return this.width < NARROW;
  }

  get sidebarOpen(): boolean {
    return this.narrow ? this.#sidebarOver : this.#sidebarOpen;
  }

  set sidebarOpen(open: boolean) {
    if (this.narrow) this.#sidebarOver = open;
    else this.#sidebarOpen = open;
    this.save();
  }

  get changesOpen(): boolean {
    return this.wide ? this.#changesOpen : this.#changesOver;
  }

  /** Whether a panel lies over the conversation, and over what waits for an answer. */
  get covered(): boolean {
    return (!this.wide && this.#changesOver) || (this.narrow && this.#sidebarOver);
  }

  /** Takes away what lies over the conversation. */
  uncover(): void {
    this.#changesOver = false;
    this.#sidebarOver = false;
  }

  set changesOpen(open: boolean) {
    if (this.wide) this.#changesOpen = open;
    else this.#changesOver = open;
    this.save();
  }

  /** Whether diffs show what was and what is beside each other, where there is room for it. */
  get sideBySide(): boolean {
    return this.#sideBySide;
  }

  set sideBySide(on: boolean) {
    this.#sideBySide = on;
    this.save();
  }

  resizeSidebar(to: number): void {
    this.sidebar = within(to, 180, 360, FIRST.sidebar);
  }

  resizeChanges(to: number): void {
    this.#changes = within(to, LEAST_CHANGES, this.mostChanges, FIRST.changes);
  }

  save(): void {
    const saved: Saved = {
      sidebar: this.sidebar,
      changes: this.#changes,
      sidebarOpen: this.#sidebarOpen,
      changesOpen: this.#changesOpen,
      sideBySide: this.#sideBySide,
    };
    localStorage.setItem(KEY, JSON.stringify(saved));
  }
}

function within(value: number | undefined, least: number, most: number, otherwise: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) return otherwise;
  return Math.round(Math.min(most, Math.max(least, value)));
}

export const layout = new Layout();
