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

class Layout {
  sidebar = $state(FIRST.sidebar);
  changes = $state(FIRST.changes);
  sidebarOpen = $state(FIRST.sidebarOpen);
  #changesOpen = $state(FIRST.changesOpen);
  /** On a narrow window the panel is opened for a look, and that is not remembered. */
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
    this.sidebarOpen = saved.sidebarOpen ?? true;
    this.#changesOpen = saved.changesOpen ?? true;
    this.width = window.innerWidth;
  }

  get wide(): boolean {
    return this.width >= WIDE;
  }

  get changesOpen(): boolean {
    return this.wide ? this.#changesOpen : this.#changesOver;
  }

  /** Whether the Changes panel lies over the conversation, and over what waits for an answer. */
  get changesCover(): boolean {
    return !this.wide && this.#changesOver;
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
    const { sidebar, changes, sidebarOpen } = this;
    localStorage.setItem(
      KEY,
      JSON.stringify({ sidebar, changes, sidebarOpen, changesOpen: this.#changesOpen }),
    );
  }
}

function within(value: number | undefined, least: number, most: number, otherwise: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) return otherwise;
  return Math.round(Math.min(most, Math.max(least, value)));
}

export const layout = new Layout();
