/** Sizes of the panels, remembered between starts. */
interface Saved {
  sidebar: number;
  changes: number;
  sidebarOpen: boolean;
  changesOpen: boolean;
}

const KEY = 'layout';
const FIRST: Saved = { sidebar: 232, changes: 340, sidebarOpen: true, changesOpen: true };

/** Below this width the Changes panel lies over the conversation instead of beside it. */
const WIDE = 1120;
/** Below this one the sidebar does too. */
const NARROW = 760;

class Layout {
  sidebar = $state(FIRST.sidebar);
  changes = $state(FIRST.changes);
  #sidebarOpen = $state(FIRST.sidebarOpen);
  #changesOpen = $state(FIRST.changesOpen);
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
    this.changes = within(saved.changes, 260, 640, FIRST.changes);
    this.#sidebarOpen = saved.sidebarOpen ?? true;
    this.#changesOpen = saved.changesOpen ?? true;
    this.width = window.innerWidth;
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

  resizeSidebar(to: number): void {
    this.sidebar = within(to, 180, 360, FIRST.sidebar);
  }

  resizeChanges(to: number): void {
    this.changes = within(to, 260, 640, FIRST.changes);
  }

  save(): void {
    const saved: Saved = {
      sidebar: this.sidebar,
      changes: this.changes,
      sidebarOpen: this.#sidebarOpen,
      changesOpen: this.#changesOpen,
    };
    localStorage.setItem(KEY, JSON.stringify(saved));
  }
}

function within(value: number | undefined, least: number, most: number, otherwise: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) return otherwise;
  return Math.round(Math.min(most, Math.max(least, value)));
}

export const layout = new Layout();
