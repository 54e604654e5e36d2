/** Layout as it is stored between starts. */
interface SavedLayout {
  sidebar: number;
  changes: number;
  sidebarOpen: boolean;
  changesOpen: boolean;
  sideBySide: boolean;
  wrapDiffs: boolean;
  drawSpaces: boolean;
  ignoreWhiteSpace: boolean;
}

const KEY = 'layout';
const DEFAULTS: SavedLayout = {
  sidebar: 232,
  changes: 340,
  sidebarOpen: true,
  changesOpen: true,
  sideBySide: false,
  wrapDiffs: false,
  drawSpaces: false,
  ignoreWhiteSpace: false,
};

/** Range of the sidebar's width. */
export const SIDEBAR = { least: 180, most: 360 };
/** Least width of the Changes panel, and of the conversation beside it. */
export const LEAST_CHANGES = 260;
const LEAST_CENTER = 380;

/** Window width below which the Changes panel covers the conversation instead of standing beside it. */
const WIDE = 1120;
/** Width of the main area from which a patch that is read there leaves room for the conversation. */
const LEAST_BESIDE = 1400;
/** Window width below which the sidebar does too. */
const NARROW = 760;

/** Sizes and visibility of the panels, and how diffs are shown; remembered between starts. */
export class Layout {
  sidebar = $state(DEFAULTS.sidebar);
  #changes = $state(DEFAULTS.changes);
  #sidebarOpen = $state(DEFAULTS.sidebarOpen);
  #changesOpen = $state(DEFAULTS.changesOpen);
  #sideBySide = $state(DEFAULTS.sideBySide);
  #wrapDiffs = $state(DEFAULTS.wrapDiffs);
  #drawSpaces = $state(DEFAULTS.drawSpaces);
  #ignoreWhiteSpace = $state(DEFAULTS.ignoreWhiteSpace);
  /** A panel that covers the conversation is opened for a look: that is not remembered. */
  #sidebarOver = $state(false);
  #changesOver = $state(false);
  width = $state(1280);

  constructor() {
    if (typeof localStorage === 'undefined') return;
    let saved: Partial<SavedLayout> = {};
    try {
      saved = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<SavedLayout>;
    } catch {
      // starts with the defaults
    }
    this.sidebar = within(saved.sidebar, SIDEBAR.least, SIDEBAR.most, DEFAULTS.sidebar);
    this.#changes = within(saved.changes, LEAST_CHANGES, Infinity, DEFAULTS.changes);
    this.#sidebarOpen = saved.sidebarOpen ?? true;
    this.#changesOpen = saved.changesOpen ?? true;
    this.#sideBySide = saved.sideBySide ?? false;
    this.#wrapDiffs = saved.wrapDiffs ?? false;
    this.#drawSpaces = saved.drawSpaces ?? false;
    this.#ignoreWhiteSpace = saved.ignoreWhiteSpace ?? false;
    this.width = window.innerWidth;
  }

  /** Width of the Changes panel: as it was set, if there is room for it. */
  get changes(): number {
    return Math.min(this.#changes, this.mostChanges);
  }

  /** Greatest width of the Changes panel now. */
  get mostChanges(): number {
    const sidebar = this.#sidebarOpen ? this.sidebar : 0;
    return Math.max(LEAST_CHANGES, this.width - sidebar - LEAST_CENTER);
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

  /** Whether a panel covers the conversation, and with it a waiting decision. */
  get covered(): boolean {
    return (!this.wide && this.#changesOver) || (this.narrow && this.#sidebarOver);
  }

  /** Closes the panels that cover the conversation. */
  uncover(): void {
    this.#changesOver = false;
    this.#sidebarOver = false;
  }

  set changesOpen(open: boolean) {
    if (this.wide) this.#changesOpen = open;
    else this.#changesOver = open;
    this.save();
  }

  /** Whether diffs show before and after side by side, where there is room for it. */
  get sideBySide(): boolean {
    return this.#sideBySide;
  }

  set sideBySide(on: boolean) {
    this.#sideBySide = on;
    this.save();
  }

  /** Whether unified diffs wrap long lines. */
  get wrapDiffs(): boolean {
    return this.#wrapDiffs;
  }

  set wrapDiffs(on: boolean) {
    this.#wrapDiffs = on;
    this.save();
  }

  /** Whether diffs draw spaces and tabs. */
  get drawSpaces(): boolean {
    return this.#drawSpaces;
  }

  set drawSpaces(on: boolean) {
    this.#drawSpaces = on;
    this.save();
  }

  /** Whether reviews fold hunks of which only white space changes, and dim such lines in others. */
  get ignoreWhiteSpace(): boolean {
    return this.#ignoreWhiteSpace;
  }

  set ignoreWhiteSpace(on: boolean) {
    this.#ignoreWhiteSpace = on;
    this.save();
  }

  /** Whether there is room for the conversation beside a patch that is read in the main area. */
  get roomBeside(): boolean {
    return this.width - (this.sidebarOpen ? this.sidebar : 0) >= LEAST_BESIDE;
  }

  resizeSidebar(to: number): void {
    this.sidebar = within(to, SIDEBAR.least, SIDEBAR.most, DEFAULTS.sidebar);
  }

  resizeChanges(to: number): void {
    this.#changes = within(to, LEAST_CHANGES, this.mostChanges, DEFAULTS.changes);
  }

  save(): void {
    if (typeof localStorage === 'undefined') return;
    const saved: SavedLayout = {
      sidebar: this.sidebar,
      changes: this.#changes,
      sidebarOpen: this.#sidebarOpen,
      changesOpen: this.#changesOpen,
      sideBySide: this.#sideBySide,
      wrapDiffs: this.#wrapDiffs,
      drawSpaces: this.#drawSpaces,
      ignoreWhiteSpace: this.#ignoreWhiteSpace,
    };
    localStorage.setItem(KEY, JSON.stringify(saved));
  }
}

function within(value: number | undefined, least: number, most: number, otherwise: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) return otherwise;
  return Math.round(Math.min(most, Math.max(least, value)));
}
