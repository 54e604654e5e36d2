import type { AppView, InstructionFileView, ProjectView } from '../bindings';
import type { Client } from './client';

/** Folders the person picked, and the open one. */
export class Projects {
  list = $state.raw<ProjectView[]>([]);
  openId = $state<string | null>(null);
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  get current(): ProjectView | null {
    return this.openId === null ? null : this.get(this.openId);
  }

  /** Returns a folder of the list. */
  get(id: string): ProjectView | null {
    return this.list.find((each) => each.id === id) ?? null;
  }

  load(view: AppView): void {
    this.list = view.projects;
    this.openId = view.project;
  }

  /** Shows the system's folder dialog, and opens the folder that is picked. */
  async pick(): Promise<void> {
    if (await this.#client.call('pick_folder', {})) await this.#client.refresh();
  }

  async open(project: string): Promise<void> {
    if (await this.#client.call('open_project', { project })) await this.#client.refresh();
  }

  /** Opens the sample project of the practice model; reports whether that succeeded. */
  async openSample(): Promise<boolean> {
    if (!(await this.#client.call('open_sample', {}))) return false;
    await this.#client.refresh();
    return true;
  }

  /** Removes a folder from the list; its files and sessions stay. */
  async forget(project: string): Promise<void> {
    if ((await this.#client.call('forget_project', { project })) !== undefined) await this.#client.refresh();
  }

  /** Confirms that the agent may work in a folder that holds more than a project. */
  async confirm(project: string): Promise<void> {
    if (await this.#client.call('confirm_folder', { project })) await this.#client.refresh();
  }

  /** Returns the files that would steer the agent, with their contents. */
  async instructions(project: string): Promise<InstructionFileView[]> {
    return (await this.#client.call('instruction_files', { project })) ?? [];
  }

  async setTrust(project: string, trusted: boolean): Promise<void> {
    if (await this.#client.call('trust_project', { project, trusted })) await this.#client.refresh();
  }
}
