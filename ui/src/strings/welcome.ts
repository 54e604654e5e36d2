import { plural } from './format';

const SHOWN_MODELS = 3;

/** Words of the first page, and of the question whether a folder is trusted. */
export const welcome = {
  title: 'Countersign',
  help: 'An agent works in your folder. Nothing lands without your countersignature.',
  folder: 'Folder',
  openFolder: 'Open folder',
  recent: 'Recent',
  missing: (path: string) => `${path} is missing`,
  forget: (name: string) => `Remove ${name} from the list`,
  noRecent: 'Folders you open appear here.',
  sample: 'Try a sample project',
  sampleHelp: 'The practice model fixes its failing test, with the real tools and approvals. It isn’t an AI, and needs no key and no network.',
  model: 'Model',
  offer: (provider: string) => `${provider} is running on this computer`,
  offerModels: (models: readonly string[]) =>
    models.length === 0
      ? 'It has no models yet.'
      : `With ${plural(models.length, 'model')}: ${models.slice(0, SHOWN_MODELS).join(', ')}${
          models.length > SHOWN_MODELS ? ', …' : ''
        }`,
  useOffer: (provider: string) => `Use ${provider}`,
} as const;

export const trust = {
  title: 'Trust the instructions in this folder?',
  description: (project: string) =>
    `The agent would follow these files in ${project}. None of them is used until you trust the folder.`,
  help: 'Trust a folder if you know who wrote its files. Approvals and the sandbox work the same either way. You can change this in Settings.',
  loading: 'Loading…',
  cut: 'The rest of this file is too long and is never sent.',
  encoding: (name: string) => `Read as ${name}`,
  decline: 'Don’t trust',
  accept: 'Trust',
} as const;

/** Words of the question whether the agent is to work in a folder that holds more than a project. */
export const broadFolder = {
  title: 'Work in this folder?',
  description: {
    root: (path: string) => `${path} is the root of the file system.`,
    home_folder: (path: string) => `${path} is your home folder.`,
    holds_home_folder: (path: string) => `${path} contains your home folder.`,
    app_files: (path: string) => `${path} contains the app’s own files.`,
  },
  risk: 'Commands of the agent can change everything in it without asking, and undo reaches all of it.',
  help: 'Open the folder of one project instead. Files that start programs when you log in, and settings of git and editors, stay protected either way.',
  decline: 'Close folder',
  accept: 'Work here anyway',
} as const;
